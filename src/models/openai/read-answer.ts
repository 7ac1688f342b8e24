import { explainStreamError } from '../http-faults.js';
import { createFault } from '../model-error.js';
import { isSameModel } from '../names.js';
import { parseAnswer } from '../parse-answer.js';
import type { AnswerPart } from '../stream-answer.js';
import { chatChunk, type ChatChunk } from './answers.js';
import { describeFigures, toReason } from './figures.js';
import type { ReadyModel } from './ready.js';
import { placeOf, type OpenAiServer, type OpenAnswer } from './server.js';
import { createThinkingSplitter, type SplitText } from './split-thinking.js';
import { END_MARK, readStream } from './sse.js';

/** An answer that is on its way. */
export interface Reading {
  server: OpenAiServer;
  /** The model, as the user names it. */
  name: string;
  ready: ReadyModel;
  /** When the request was sent, on the clock of `performance`. */
  started: number;
  opened: OpenAnswer;
  signal: AbortSignal;
}

/** Figures come right after an answer's end; a server that keeps the line open after it is not waited for. In ms. */
const LONGEST_AFTER_END_MS = 1_000;

/** Reads an answer to its end. @throws ModelError `stream-cut` when there is none */
export async function* readAnswer(reading: Reading): AsyncGenerator<AnswerPart, void, undefined> {
  const { ready, started } = reading;
  const seen: Seen = { reason: undefined, usage: undefined, timings: undefined };
  const splitter = createThinkingSplitter();
  let firstAt: number | undefined;
  let pieces = 0;
  for await (const piece of readPieces(reading, seen)) {
    firstAt ??= performance.now();
    pieces += 1;
    if (piece.type === 'thinking') yield piece;
    else yield* splitter.take(piece.text);
  }
  yield* splitter.end();
  if (seen.reason === undefined) {
    throw createFault(placeOf(reading.server, reading.name), 'stream-cut', 'its end is missing');
  }
  // What came in one piece says nothing about writing.
  const times = { started, firstAt: pieces > 1 ? firstAt : undefined, ended: performance.now() };
  yield {
    type: 'end',
    reason: toReason(seen.reason),
    figures: describeFigures(seen, ready, times),
    windowTokens: ready.windowTokens,
  };
}

/** What an answer's end and figures are, as far as they came. */
interface Seen extends Pick<ChatChunk, 'usage' | 'timings'> {
  reason: string | undefined;
}

async function* readPieces(reading: Reading, seen: Seen): AsyncGenerator<SplitText, void, undefined> {
  const { server, name, opened, signal } = reading;
  let endTimer: NodeJS.Timeout | undefined;
  let hasBegun = false;
  try {
    for await (const item of readStream(opened.answer, placeOf(server, name))) {
      if (item === END_MARK) {
        seen.reason ??= 'stop';
        return;
      }
      const { choices, usage, timings } = readChunk(reading, item);
      seen.usage = usage ?? seen.usage;
      seen.timings = timings ?? seen.timings;
      const choice = choices?.[0];
      const pieces = piecesOf(choice);
      // Some servers send an empty beginning before they read the prompt.
      hasBegun ||= pieces.length > 0;
      if (hasBegun) opened.note();
      yield* pieces;
      if (choice?.finish_reason == null) continue;
      seen.reason = choice.finish_reason;
      endTimer ??= setTimeout(() => void opened.close(), LONGEST_AFTER_END_MS);
    }
  } catch (error) {
    signal.throwIfAborted();
    // The answer was whole; only its figures were not.
    if (seen.reason === undefined) throw error;
  } finally {
    clearTimeout(endTimer);
  }
}

function readChunk({ server, name, ready }: Reading, item: Record<string, unknown>): ChatChunk {
  const place = placeOf(server, name);
  const error = item['error'] ?? (item['object'] === 'error' ? item : undefined);
  if (error !== undefined) throw explainStreamError(place, error);
  const chunk = parseAnswer(chatChunk, item, place);
  const { kind, mayAnswerWithAnother = false } = server.preset;
  const answered = chunk.model;
  const isAsked = (each: string): boolean => isSameModel(kind, toBareName(each), toBareName(answered ?? ''));
  if (answered == null || [ready.id, name].some(isAsked)) return chunk;
  if (!mayAnswerWithAnother && !ready.others.includes(answered)) return chunk;
  throw createFault(place, 'model-missing', `${JSON.stringify(answered.slice(0, 80))} answered instead`);
}

/** Without the variant (`@q4_k_m`) and the number of the instance (`:2`) that LM Studio may put behind a name. */
function toBareName(name: string): string {
  return name.replace(/@[\w.-]+$|:\d+$/, '');
}

type Choice = NonNullable<ChatChunk['choices']>[number];

function piecesOf(choice: Choice | undefined): SplitText[] {
  const message = choice?.delta ?? choice?.message;
  const thought = message?.reasoning_content ?? message?.reasoning;
  const pieces: SplitText[] = [
    { type: 'thinking', text: typeof thought === 'string' ? thought : '' },
    { type: 'text', text: message?.content ?? '' },
  ];
  return pieces.filter(({ text }) => text !== '');
}
