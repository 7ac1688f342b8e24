import { createHash } from 'node:crypto';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';
import { hasCode, messageOf } from '../../errors.js';
import { quoteForeignText, type ModelError } from '../model-error.js';
import { createFinal } from './faults.js';
import { parseGgufHeader, type GgufHeader } from './gguf.js';

/** A GGUF file that can be loaded, as far as its description tells. */
export interface ModelFile {
  /** As the user wrote it. */
  name: string;
  /** Absolute, links resolved. */
  path: string;
  /** Of all its parts. */
  sizeBytes: number;
  /** Changes when the file does. */
  stamp: string;
  header: GgufHeader;
}

/** What decides where a path leads. */
export interface FilePlace {
  /** Relative paths start here. Absolute. */
  folder: string;
  home: string;
  platform: NodeJS.Platform;
}

export function hereIn(folder: string): FilePlace {
  return { folder, home: homedir(), platform: process.platform };
}

/** Descriptions are 2–20 MB: a vocabulary is in them. */
const FIRST_READ = 2 * 1024 * 1024;
const LONGEST_HEADER = 256 * 1024 * 1024;

const REMEDY = 'Write the path of a GGUF file as `model:` of the role in .nexus.yml.';

/**
 * The absolute path that a user means: absolute, from `~`, or relative to the repository.
 * @throws ModelError `refused-model` for what is no path of this machine
 */
export function resolveModelPath(name: string, place: FilePlace): string {
  const shown = quoteForeignText(name);
  const refuse = (why: string): ModelError =>
    createFinal('refused-model', `The model ${JSON.stringify(shown)} ${why}.`, REMEDY);
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) throw refuse('has control characters in its path');
  if (name.trim() === '') throw refuse('has no path');
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name) || /^(hf|huggingface|https?|file):/i.test(name)) {
    throw refuse('is an address, and nothing is downloaded here: fetch the file first');
  }
  const path = place.platform === 'win32' ? win32 : posix;
  if (path === win32 && /^[\\/]{2}/.test(name)) throw refuse('is not on this machine');
  if (/^~(?=$|[\\/])/.test(name)) return path.join(place.home, name.slice(1));
  return path.resolve(place.folder, name);
}

/** Descriptions by the path of their file, with the stamp that it had: reading them takes longer than most questions. */
export type KnownHeaders = Map<string, { stamp: string; header: GgufHeader }>;

/**
 * Looks at the file of a model without loading it.
 * @throws ModelError `model-missing` for what is no readable GGUF file, with the reason; `refused-model`
 */
export async function readModelFile(
  name: string,
  place: FilePlace,
  known: KnownHeaders = new Map(),
): Promise<ModelFile> {
  const written = resolveModelPath(name, place);
  const path = await resolveLinks(name, written);
  const parts = await statParts(name, path);
  const first = parts[0];
  if (first === undefined) throw refuseFile(name, 'has no parts');
  const stamp = parts.map((part) => part.stamp).join(' ');
  const before = known.get(path);
  const header = before?.stamp === stamp ? before.header : await readHeader(name, path, first.sizeBytes);
  known.set(path, { stamp, header });
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  return { name, path, sizeBytes, stamp, header };
}

async function resolveLinks(name: string, written: string): Promise<string> {
  try {
    return await realpath(written);
  } catch (error) {
    if (hasCode(error, 'ELOOP')) throw refuseFile(name, 'is a link that leads to itself', error);
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) {
      throw refuseFile(name, `is not there (${quoteForeignText(written)})`, error);
    }
    throw refuseFile(name, `cannot be read: ${quoteForeignText(messageOf(error))}`, error);
  }
}

/** Large models come in parts, `-00001-of-00003.gguf`; llama.cpp finds the others beside the first. */
async function statParts(name: string, path: string): Promise<{ sizeBytes: number; stamp: string }[]> {
  const split = /^(.*)-(\d{5})-of-(\d{5})(\.gguf)$/i.exec(path);
  const count = Math.min(Number(split?.[3] ?? 1), 1000);
  if (split !== null && Number(split[2]) !== 1) {
    throw refuseFile(name, 'is not the first part of its model, which ends in -00001-of-…');
  }
  const parts: { sizeBytes: number; stamp: string }[] = [];
  for (let index = 1; index <= count; index += 1) {
    const number = String(index).padStart(5, '0');
    const part = split === null ? path : `${split[1]}-${number}-of-${split[3]}${split[4]}`;
    const entry = await stat(part).catch((error: unknown) => {
      if (index > 1) throw refuseFile(name, `lacks its part ${index} of ${count}`, error);
      throw refuseFile(name, `cannot be read: ${quoteForeignText(messageOf(error))}`, error);
    });
    if (entry.isDirectory()) throw refuseFile(name, 'is a folder');
    // Opening a pipe would wait for its other end for ever.
    if (!entry.isFile()) throw refuseFile(name, 'is not an ordinary file');
    parts.push({ sizeBytes: entry.size, stamp: `${entry.ino}:${entry.size}:${entry.mtimeMs}` });
  }
  return parts;
}

async function readHeader(name: string, path: string, fileBytes: number): Promise<GgufHeader> {
  const file = await openFile(name, path);
  try {
    for (let length = FIRST_READ; ; length *= 4) {
      const reading = parseGgufHeader(await readAt(file, 0, Math.min(length, fileBytes)), fileBytes);
      if (reading.kind === 'header') return reading.header;
      if (reading.kind === 'bad') throw refuseFile(name, reading.reason);
      if (length >= LONGEST_HEADER)
        throw refuseFile(name, 'is a damaged GGUF file: its description is endless');
    }
  } finally {
    await file.close();
  }
}

/** How many pieces of how many bytes stand for the whole file. */
const SAMPLES = 32;
const SAMPLE_BYTES = 64 * 1024;

/**
 * Tells one model from another without reading gigabytes: the hash of the size, the description, and pieces spread over
 * the whole file.
 */
export async function digestModelFile(model: ModelFile): Promise<string> {
  const file = await openFile(model.name, model.path);
  try {
    const { size } = await file.stat();
    const hash = createHash('sha256').update(`${model.sizeBytes}\n`);
    hash.update(await readAt(file, 0, Math.min(model.header.endsAt, size)));
    for (let index = 1; index <= SAMPLES; index += 1) {
      const at = Math.max(0, Math.floor((size * index) / SAMPLES) - SAMPLE_BYTES);
      hash.update(await readAt(file, at, Math.min(SAMPLE_BYTES, size)));
    }
    return `sampled-${hash.digest('hex')}`;
  } finally {
    await file.close();
  }
}

async function openFile(name: string, path: string): Promise<FileHandle> {
  return open(path, 'r').catch((error: unknown) => {
    throw refuseFile(name, `cannot be read: ${quoteForeignText(messageOf(error))}`, error);
  });
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function refuseFile(name: string, why: string, cause?: unknown): ModelError {
  return createFinal(
    'model-missing',
    `The model file ${JSON.stringify(quoteForeignText(name))} ${why}.`,
    REMEDY,
    cause,
  );
}
