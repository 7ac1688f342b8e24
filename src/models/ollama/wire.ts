import { explainStreamError } from '../http-faults.js';
import { createFault, ModelError, type FaultPlace } from '../model-error.js';
import { assertOk, createDecoder, LONGEST_LINE, parseObject, readValueText } from '../read-body.js';

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
    await assertOk(answer, place);
    if (shape.kind === 'value') {
      const text = await readValueText(answer.body, place);
      parseObject(text, answer, place);
      return new Response(text, { headers: { 'content-type': 'application/json' } });
    }
    const checked = answer.body?.pipeThrough(createLineCheck(shape.isEnd, answer, place));
    if (checked === undefined) throw createFault(place, 'stream-cut', 'it was empty');
    return new Response(checked, { headers: { 'content-type': 'application/x-ndjson' } });
  };
}

function createLineCheck(
  isEnd: (line: Readonly<Record<string, unknown>>) => boolean,
  answer: Response,
  place: FaultPlace,
): TransformStream<Uint8Array, Uint8Array> {
  const decode = createDecoder(place);
  const encoder = new TextEncoder();
  let rest = '';
  let hasBegun = false;
  let hasEnded = false;
  const pass = (line: string, to: TransformStreamDefaultController<Uint8Array>): void => {
    // Blank lines go: the package would complain about them on the console.
    if (hasEnded || line.trim() === '') return;
    const value = parseObject(line, answer, place);
    if ('error' in value) throw explainStreamError(place, value['error']);
    hasBegun = true;
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
      if (hasEnded) return;
      const cut = createFault(place, 'stream-cut', 'its end is missing');
      try {
        pass(rest + decode(), to);
      } catch (error) {
        // After good lines, one that breaks off was cut; before any, it is not the protocol.
        throw hasBegun && error instanceof ModelError && error.fault === 'bad-answer' ? cut : error;
      }
      if (!hasEnded) throw cut;
    },
  });
}
