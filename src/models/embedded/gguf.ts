import { QUANTISATIONS } from './quantisations.js';

/*
 * The description at the start of a GGUF file. It is read here and not by llama.cpp, since it must be known before
 * anything is loaded (size in memory), without the package, and of files that may be damaged: a description that claims
 * four billion entries kept the package's own reader busy for ten minutes and 3 GB (tried with 3.22.1).
 * Source: docs/gguf.md of ggml.
 */

/** What Nexus wants to know of a model. Figures that the file leaves out are undefined. */
export interface GgufHeader {
  architecture: string | undefined;
  name: string | undefined;
  /** `0.5B`, `8x7B`. */
  parameters: string | undefined;
  /** `Q4_K_M`. */
  quantisation: string | undefined;
  /** Longest context the model was trained for, in tokens. */
  contextTokens: number | undefined;
  layers: number | undefined;
  /** Numbers that one token takes in the cache of one layer: keys and values together. */
  cacheWidth: number | undefined;
  embeddingLength: number | undefined;
  /** Number of different tokens. */
  vocabulary: number | undefined;
  /** How many bytes of the file the description takes. */
  endsAt: number;
}

export type GgufReading =
  | { kind: 'header'; header: GgufHeader }
  /** The description goes on behind these bytes. */
  | { kind: 'unfinished' }
  /** `reason` goes on after "it": `is not a GGUF file`. */
  | { kind: 'bad'; reason: string };

/** Real files have some fifty entries and some thousand tensors. */
const MOST_ENTRIES = 10_000;
const MOST_TENSORS = 1_000_000;
/** Longer texts (chat templates) are skipped. */
const LONGEST_TEXT = 1024;
/** Longer lists (vocabularies) are skipped, and only counted. */
const LONGEST_LIST = 1024;
const DEEPEST_LIST = 4;

/** Bytes of each type of value by its number; 8 is a text, 9 a list. */
const WIDTHS: readonly (number | undefined)[] = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8];
const TEXT = 8;
const LIST = 9;

type Value = number | string | boolean | readonly Value[] | { count: number } | undefined;

class Unfinished extends Error {}
class Damaged extends Error {}

/**
 * Reads the description of a GGUF file from its first bytes.
 * @param fileBytes size of the whole file: nothing in it can be longer
 */
export function parseGgufHeader(bytes: Buffer, fileBytes: number): GgufReading {
  try {
    return parse(createCursor(bytes, fileBytes));
  } catch (error) {
    if (error instanceof Unfinished) {
      return bytes.length < fileBytes
        ? { kind: 'unfinished' }
        : { kind: 'bad', reason: 'is cut off in its description' };
    }
    if (error instanceof Damaged) return { kind: 'bad', reason: error.message };
    throw error;
  }
}

function parse(cursor: Cursor): GgufReading {
  if (cursor.take(4).toString('latin1') !== 'GGUF') return { kind: 'bad', reason: 'is not a GGUF file' };
  const version = cursor.take(4).readUInt32LE();
  if (version !== 2 && version !== 3) {
    const isTurned = (version & 0xffff) === 0;
    return {
      kind: 'bad',
      reason: isTurned
        ? 'is a GGUF file for machines of the other byte order'
        : `is a GGUF file of version ${version}, which llama.cpp does not read`,
    };
  }
  if (cursor.count() > MOST_TENSORS) throw new Damaged('is a damaged GGUF file: it claims too many tensors');
  const entries = cursor.count();
  if (entries > MOST_ENTRIES) throw new Damaged('is a damaged GGUF file: its description is endless');
  const values = new Map<string, Value>();
  for (let index = 0; index < entries; index += 1) {
    const key = cursor.text();
    const value = readValue(cursor, cursor.take(4).readUInt32LE(), 0);
    if (key !== undefined) values.set(key, value);
  }
  return { kind: 'header', header: describe(values, cursor.offset()) };
}

function readValue(cursor: Cursor, type: number, depth: number): Value {
  if (type === TEXT) return cursor.text();
  if (type === LIST) return readList(cursor, depth + 1);
  const width = WIDTHS[type];
  if (width === undefined) throw new Damaged('is a damaged GGUF file: its description has unknown types');
  return readNumber(cursor.take(width), type);
}

function readList(cursor: Cursor, depth: number): Value {
  if (depth > DEEPEST_LIST)
    throw new Damaged('is a damaged GGUF file: its description is nested without end');
  const type = cursor.take(4).readUInt32LE();
  const count = cursor.count();
  const width = WIDTHS[type];
  if (width !== undefined && count > LONGEST_LIST) {
    cursor.skip(count * width);
    return { count };
  }
  if (type === TEXT && count > LONGEST_LIST) {
    for (let index = 0; index < count; index += 1) cursor.skip(cursor.count());
    return { count };
  }
  const values: Value[] = [];
  for (let index = 0; index < count; index += 1) {
    const value = readValue(cursor, type, depth);
    if (count <= LONGEST_LIST) values.push(value);
  }
  return count <= LONGEST_LIST ? values : { count };
}

function readNumber(bytes: Buffer, type: number): number | boolean {
  switch (type) {
    case 0:
      return bytes.readUInt8();
    case 1:
      return bytes.readInt8();
    case 2:
      return bytes.readUInt16LE();
    case 3:
      return bytes.readInt16LE();
    case 4:
      return bytes.readUInt32LE();
    case 5:
      return bytes.readInt32LE();
    case 6:
      return bytes.readFloatLE();
    case 7:
      return bytes.readUInt8() !== 0;
    case 10:
      return Number(bytes.readBigUInt64LE());
    case 11:
      return Number(bytes.readBigInt64LE());
    default:
      return bytes.readDoubleLE();
  }
}

interface Cursor {
  offset(): number;
  /** The next bytes. @throws Unfinished, Damaged when the file cannot have as many */
  take(length: number): Buffer;
  skip(length: number): void;
  /** A number of 64 bits that counts things in the file. */
  count(): number;
  /** Undefined for a text that is too long to be kept. */
  text(): string | undefined;
}

function createCursor(bytes: Buffer, fileBytes: number): Cursor {
  let at = 0;
  const skip = (length: number): void => {
    if (at + length > fileBytes && bytes.length < fileBytes) {
      throw new Damaged('is a damaged GGUF file: its description is longer than the file');
    }
    if (at + length > bytes.length) throw new Unfinished();
    at += length;
  };
  const take = (length: number): Buffer => {
    const from = at;
    skip(length);
    return bytes.subarray(from, at);
  };
  // Vocabularies have 300,000 texts: a BigInt or a Buffer for each takes half a second.
  const count = (): number => {
    const from = at;
    skip(8);
    return bytes.readUInt32LE(from) + bytes.readUInt32LE(from + 4) * 2 ** 32;
  };
  const text = (): string | undefined => {
    const length = count();
    const from = at;
    skip(length);
    return length <= LONGEST_TEXT ? bytes.toString('utf8', from, at) : undefined;
  };
  return { offset: () => at, take, skip, count, text };
}

function describe(values: ReadonlyMap<string, Value>, endsAt: number): GgufHeader {
  const text = (key: string): string | undefined => {
    const value = values.get(key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const architecture = text('general.architecture');
  const figure = (key: string): number | undefined => toFigure(values.get(`${architecture}.${key}`));
  const heads = figure('attention.head_count');
  const embeddingLength = figure('embedding_length');
  const headWidth =
    heads === undefined || embeddingLength === undefined ? undefined : embeddingLength / heads;
  const keys = figure('attention.key_length') ?? headWidth;
  const widths = keys === undefined ? undefined : keys + (figure('attention.value_length') ?? keys);
  const cacheHeads = figure('attention.head_count_kv') ?? heads;
  const fileType = toFigure(values.get('general.file_type'));
  return {
    architecture,
    name: text('general.name'),
    parameters: text('general.size_label'),
    quantisation: fileType === undefined ? undefined : QUANTISATIONS[fileType],
    contextTokens: figure('context_length'),
    layers: figure('block_count'),
    cacheWidth: widths === undefined || cacheHeads === undefined ? undefined : widths * cacheHeads,
    embeddingLength,
    vocabulary: countOf(values.get('tokenizer.ggml.tokens')),
    endsAt,
  };
}

/** A figure that may be given for each layer: then the largest. */
function toFigure(value: Value): number | undefined {
  const candidates = Array.isArray(value) ? value : [value];
  const figures = candidates.filter(
    (each): each is number => typeof each === 'number' && Number.isFinite(each) && each >= 0,
  );
  return figures.length === 0 ? undefined : Math.max(...figures);
}

function countOf(value: Value): number | undefined {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && 'count' in value ? value.count : undefined;
}
