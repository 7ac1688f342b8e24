import { createFault, type FaultPlace } from '../model-error.js';
import { createDecoder, describeForeign, LONGEST_LINE, parseObject } from '../read-body.js';

/** The mark that ends most streams; not a part of the answer. */
export const END_MARK = '[DONE]';
const LONGEST_WHOLE = 32 * 1024 * 1024;

export type StreamItem = Record<string, unknown> | typeof END_MARK;

/**
 * The JSON objects of an answer, as they come. What the answer is shows in its first character, since content types are
 * not to be trusted: server-sent events, or, from servers that don't stream after all, one object (reference §3.5).
 * @throws ModelError `bad-answer` for everything else, bad UTF-8, bad JSON, a line without end; `stream-cut` when it
 *   ends in the middle of an event
 */
export async function* readStream(
  answer: Response,
  place: FaultPlace,
): AsyncGenerator<StreamItem, void, undefined> {
  const decode = createDecoder(place);
  const pieces = decodePieces(answer, decode);
  let head = '';
  for await (const text of pieces) {
    head += text;
    const first = head.trimStart().charAt(0);
    if (first === '') continue;
    if (first === '{') yield parseObject(await readRest(head, pieces, place), answer, place);
    else yield* readEvents(head, pieces, { answer, place });
    return;
  }
  throw createFault(place, 'stream-cut', 'it was empty');
}

async function* decodePieces(
  answer: Response,
  decode: (piece?: Uint8Array) => string,
): AsyncGenerator<string, void, undefined> {
  for await (const piece of answer.body ?? []) yield decode(piece);
  yield decode();
}

async function readRest(head: string, pieces: AsyncIterable<string>, place: FaultPlace): Promise<string> {
  const parts = [head];
  let length = head.length;
  for await (const text of pieces) {
    parts.push(text);
    length += text.length;
    if (length > LONGEST_WHOLE) throw createFault(place, 'bad-answer', 'it is far too long');
  }
  return parts.join('');
}

async function* readEvents(
  head: string,
  pieces: AsyncIterable<string>,
  at: { answer: Response; place: FaultPlace },
): AsyncGenerator<StreamItem, void, undefined> {
  const read = createLineReader(at);
  const split = createLineSplitter(at.place);
  for (const line of split(head)) yield* read(line);
  for await (const text of pieces) for (const line of split(text)) yield* read(line);
  for (const line of split('\n')) yield* read(line);
  yield* read(undefined);
}

/** Lines end with LF, CR or both, which may come in two pieces. */
function createLineSplitter(place: FaultPlace): (text: string) => string[] {
  let rest = '';
  let held = '';
  return (text) => {
    const whole = held + text;
    held = whole.endsWith('\r') ? '\r' : '';
    const lines = whole.slice(0, whole.length - held.length).split(/\r\n|\n|\r/);
    lines[0] = rest + (lines[0] ?? '');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw createFault(place, 'bad-answer', 'a line of it has no end');
    return lines;
  };
}

/**
 * Takes one line after the other, at last `undefined`. An object is given as soon as it is whole, since some servers
 * leave out the blank line after an event; an object may also be spread over several `data:` lines.
 */
function createLineReader({
  answer,
  place,
}: {
  answer: Response;
  place: FaultPlace;
}): (line: string | undefined) => StreamItem[] {
  let pending: string | undefined;
  const take = (data: string): StreamItem[] => {
    if (pending === undefined && data.trim() === END_MARK) return [END_MARK];
    pending = pending === undefined ? data : `${pending}\n${data}`;
    const value = parseWhole(pending);
    if (value === undefined) return [];
    pending = undefined;
    return [value];
  };
  return (line) => {
    if (line === undefined) {
      if (pending === undefined) return [];
      throw createFault(place, 'stream-cut', 'it ends in the middle of an event');
    }
    if (line === '') {
      if (pending === undefined || pending.trim() === '') return [];
      throw describeForeign(pending, answer, place);
    }
    // An error without its `data:`, seen from proxies.
    if (line.startsWith('{')) return take(line);
    const field = /^([\w-]*)(?::\x20?|$)/.exec(line);
    if (field === null) throw describeForeign(line, answer, place);
    return field[1] === 'data' ? take(line.slice(field[0].length)) : [];
  };
}

function parseWhole(text: string): Record<string, unknown> | undefined {
  if (!text.trimEnd().endsWith('}')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
