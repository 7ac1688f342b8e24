import { explainStatus, explainStreamError } from './faults.js';
import { createFault, quoteForeignText, type FaultPlace, type ModelError } from '../model-error.js';

/** No line of Ollama's is near this long; more is not its protocol. In characters. */
const LONGEST_LINE = 4 * 1024 * 1024;
const LONGEST_VALUE = 32 * 1024 * 1024;
const LONGEST_ERROR = 64 * 1024;

/** `value`: one JSON object. `lines`: NDJSON that must end with a line of which `isEnd` is true. */
export type AnswerShape =
  | { kind: 'value' }
  | { kind: 'lines'; isEnd: (line: Readonly<Record<string, unknown>>) => boolean };

/**
 * Puts a check of the whole answer between the network and the `ollama` package, which drops lines that are not JSON,
 * forgets the status of errors in mid-stream and writes to the console (reference §2.2). What passes is a 2xx answer
 * of valid JSON; everything else throws the ModelError that names it.
 */
export function checkAnswers(
  send: typeof globalThis.fetch,
  shape: AnswerShape,
  place: FaultPlace,
): typeof globalThis.fetch {
  return async (input, init) => {
    const answer = await send(input, init);
    if (!answer.ok) {
      throw explainStatus(place, {
        status: answer.status,
        body: await readText(answer, LONGEST_ERROR, place, 'cut'),
        retryAfter: answer.headers.get('retry-after'),
      });
    }
    if (shape.kind === 'value') {
      const text = await readText(answer, LONGEST_VALUE, place, 'refuse');
      parseObject(text, answer, place);
      return new Response(text, { headers: { 'content-type': 'application/json' } });
    }
    const checked = answer.body?.pipeThrough(createLineCheck(shape.isEnd, answer, place));
    if (checked === undefined) throw createFault(place, 'stream-cut', 'it was empty');
    return new Response(checked, { headers: { 'content-type': 'application/x-ndjson' } });
  };
}

/** Text of a body. One that is longer than `longest` bytes is cut there, or refused. Bad UTF-8 becomes U+FFFD. */
async function readText(
  answer: Response,
  longest: number,
  place: FaultPlace,
  ifLonger: 'cut' | 'refuse',
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of answer.body ?? []) {
    pieces.push(piece);
    length += piece.length;
    if (length <= longest) continue;
    if (ifLonger === 'refuse') throw createFault(place, 'bad-answer', 'it is far too long');
    break;
  }
  return Buffer.concat(pieces).subarray(0, longest).toString('utf8');
}

function createLineCheck(
  isEnd: (line: Readonly<Record<string, unknown>>) => boolean,
  answer: Response,
  place: FaultPlace,
): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const encoder = new TextEncoder();
  let rest = '';
  let hasEnded = false;
  const decode = (piece?: Uint8Array): string => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined });
    } catch (error) {
      throw createFault(place, 'bad-answer', 'it is not UTF-8', { cause: error });
    }
  };
  const pass = (line: string, to: TransformStreamDefaultController<Uint8Array>): void => {
    // Blank lines go: the package would complain about them on the console.
    if (hasEnded || line.trim() === '') return;
    const value = parseObject(line, answer, place);
    if ('error' in value) throw explainStreamError(place, value['error']);
    hasEnded = isEnd(value);
    to.enqueue(encoder.encode(`${line}\n`));
  };
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, to) {
      const lines = decode(piece).split('\n');
      lines[0] = rest + (lines[0] ?? '');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) throw createFault(place, 'bad-answer', 'a line of it has no end');
      for (const line of lines) pass(line, to);
    },
    flush(to) {
      pass(rest + decode(), to);
      if (!hasEnded) throw createFault(place, 'stream-cut', 'its end is missing');
    },
  });
}

function parseObject(text: string, answer: Response, place: FaultPlace): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw describeForeign(text, answer, place, error);
  }
  throw describeForeign(text, answer, place);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describeForeign(text: string, answer: Response, place: FaultPlace, cause?: unknown): ModelError {
  const type = answer.headers.get('content-type') ?? 'no content type';
  const detail = `${quoteForeignText(type)}, ${JSON.stringify(quoteForeignText(text).slice(0, 80))}`;
  return createFault(place, 'bad-answer', detail, { cause });
}
