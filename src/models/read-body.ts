import { explainStatus } from './http-faults.js';
import { createFault, quoteForeignText, type FaultPlace, type ModelError } from './model-error.js';

/** No line of a server's is near this long; more is not its protocol. In characters. */
export const LONGEST_LINE = 4 * 1024 * 1024;
const LONGEST_VALUE = 32 * 1024 * 1024;
const LONGEST_ERROR = 64 * 1024;

/** @throws ModelError for every status but 2xx */
export async function assertOk(answer: Response, place: FaultPlace): Promise<void> {
  if (answer.ok) return;
  throw explainStatus(place, {
    status: answer.status,
    body: await readText(answer.body, LONGEST_ERROR, place, 'cut'),
    retryAfter: answer.headers.get('retry-after'),
  });
}

/** The whole body as text. @throws ModelError `bad-answer` if it is far too long */
export async function readValueText(
  body: AsyncIterable<Uint8Array> | null,
  place: FaultPlace,
): Promise<string> {
  return readText(body, LONGEST_VALUE, place, 'refuse');
}

/** Text of a body. One that is longer than `longest` bytes is cut there, or refused. Bad UTF-8 becomes U+FFFD. */
async function readText(
  body: AsyncIterable<Uint8Array> | null,
  longest: number,
  place: FaultPlace,
  ifLonger: 'cut' | 'refuse',
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body ?? []) {
    pieces.push(piece);
    length += piece.length;
    if (length <= longest) continue;
    if (ifLonger === 'refuse') throw createFault(place, 'bad-answer', 'it is far too long');
    break;
  }
  return Buffer.concat(pieces).subarray(0, longest).toString('utf8');
}

/** Decodes a stream piece by piece; without a piece, its end. @throws ModelError `bad-answer` on bad UTF-8 */
export function createDecoder(place: FaultPlace): (piece?: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (piece) => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined });
    } catch (error) {
      throw createFault(place, 'bad-answer', 'it is not UTF-8', { cause: error });
    }
  };
}

/** A JSON object. @throws ModelError `bad-answer` that quotes what came instead */
export function parseObject(text: string, answer: Response, place: FaultPlace): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw describeForeign(text, answer, place, error);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw describeForeign(text, answer, place);
}

/** The error for text that is not the server's protocol. */
export function describeForeign(
  text: string,
  answer: Response,
  place: FaultPlace,
  cause?: unknown,
): ModelError {
  const type = answer.headers.get('content-type') ?? 'no content type';
  const detail = `${quoteForeignText(type)}, ${JSON.stringify(quoteForeignText(text).slice(0, 80))}`;
  return createFault(place, 'bad-answer', detail, { cause });
}
