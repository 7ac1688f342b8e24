import type { z } from 'zod';
import { parseAnswer } from '../parse-answer.js';
import { versionAnswer } from './answers.js';
import { explainStatus } from '../http-faults.js';
import { openLimitedCall, type LimitedCall } from '../limited-fetch.js';
import { createFault, ModelError, type FaultPlace } from '../model-error.js';
import { assertOk, parseObject, readValueText } from '../read-body.js';
import type { RequestLimits } from '../port.js';
import type { Line, Preset, Question } from './preset.js';
import { END_MARK, readStream } from './sse.js';

/** One OpenAI-compatible server of one backend. */
export interface OpenAiServer {
  preset: Preset;
  /** Where it may be; more than one for a kind with several usual ports. */
  candidates: readonly URL[];
  /** Which of them it was, once it was found. */
  found: URL | undefined;
  apiKey: string | undefined;
  /** For questions about the server itself, which are answered at once or not at all. */
  questionLimits: RequestLimits;
  /** First pause before a retry, in ms. */
  retryBaseMs: number;
}

/** `llama-server at http://127.0.0.1:8080`; before it was found with all addresses where it may be. */
export function labelOf({ preset, candidates, found }: OpenAiServer): string {
  const addresses = (found === undefined ? candidates : [found]).map((url) => url.href.replace(/\/+$/, ''));
  return `${preset.title} at ${addresses.join(' or ')}`;
}

export function placeOf(server: OpenAiServer, model?: string): FaultPlace {
  return { kind: server.preset.kind, server: labelOf(server), model, secret: server.apiKey };
}

/** An answer that has begun well. `close` must be called; it ends the request if it still runs. */
export interface OpenAnswer {
  answer: Response;
  /** For a question with `notes`. */
  note: LimitedCall['note'];
  close: LimitedCall['close'];
}

/**
 * Sends one request.
 * @throws ModelError for everything but a 2xx answer
 */
export async function send(
  server: OpenAiServer,
  question: Question,
  signal: AbortSignal,
): Promise<OpenAnswer> {
  const root = await findRoot(server, signal);
  return sendTo(server, root, question, signal);
}

async function sendTo(
  server: OpenAiServer,
  root: URL,
  { path, body, model, limits, notes = false }: Question,
  signal: AbortSignal,
): Promise<OpenAnswer> {
  const place = placeOf(server, model);
  const counted = notes ? 'noted' : 'bytes';
  const call = openLimitedCall(limits ?? server.questionLimits, signal, place, counted);
  try {
    const headers = {
      accept: 'application/json, text/event-stream',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(server.apiKey === undefined ? {} : { authorization: `Bearer ${server.apiKey}` }),
    };
    const answer = await call.fetch(root.href.replace(/\/+$/, '') + path, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    await assertOk(answer, place);
    return { answer, note: call.note, close: call.close };
  } catch (error) {
    await call.close();
    // It may come back on its other port.
    if (error instanceof ModelError && error.fault === 'not-running' && server.candidates.length > 1) {
      server.found = undefined;
    }
    throw error;
  }
}

/** The line of a preset to its server. */
export function openLine(server: OpenAiServer, signal: AbortSignal): Line {
  return {
    signal,
    place: (model) => placeOf(server, model),
    ask: async (schema, question) => askAt(server, await findRoot(server, signal), schema, question, signal),
    follow: (question) => follow(server, question, signal),
  };
}

async function askAt<T>(
  server: OpenAiServer,
  root: URL,
  schema: z.ZodType<T>,
  question: Question,
  signal: AbortSignal,
): Promise<T> {
  const place = placeOf(server, question.model);
  const { answer, close } = await sendTo(server, root, question, signal);
  try {
    const text = await readValueText(answer.body, place);
    const value = parseObject(text, answer, place);
    // Errors come with status 200, too: LM Studio for a path that it does not know, Lemonade with `status: error`.
    if (value['error'] == null && value['status'] !== 'error') return parseAnswer(schema, value, place);
    throw explainStatus(place, { status: 400, body: text, retryAfter: null });
  } finally {
    await close();
  }
}

async function* follow(
  server: OpenAiServer,
  question: Question,
  signal: AbortSignal,
): AsyncGenerator<Record<string, unknown>, void, undefined> {
  const { answer, close } = await send(server, question, signal);
  try {
    for await (const item of readStream(answer, placeOf(server, question.model))) {
      if (item !== END_MARK) yield item;
    }
  } finally {
    await close();
  }
}

/** Where the server is: found out once, at the first question. */
async function findRoot(server: OpenAiServer, signal: AbortSignal): Promise<URL> {
  if (server.found !== undefined) return server.found;
  const { candidates } = server;
  const [only] = candidates;
  if (only === undefined) throw new Error('unreachable: a server has an address');
  const found = candidates.length === 1 ? only : await recognise(server, signal);
  await refuseOllama(server, found, signal);
  server.found = found;
  return found;
}

async function recognise(server: OpenAiServer, signal: AbortSignal): Promise<URL> {
  const { preset, candidates } = server;
  const lineTo = (root: URL): Line => ({
    ...openLine(server, signal),
    ask: async (schema, question) => askAt(server, root, schema, question, signal),
  });
  let refusal: ModelError | undefined;
  for (const root of candidates) {
    try {
      if (await preset.recognise?.(lineTo(root))) return root;
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      if (error.fault === 'unauthorised') refusal ??= error;
    }
  }
  throw refusal ?? createFault(placeOf(server), 'not-running', 'nothing of that kind answers there');
}

/**
 * Ollama's `/v1` takes no context window (reference §1.8): it would cut prompts in silence. Lemonade has Ollama's
 * `/api/version` too, but does not greet like it.
 */
async function refuseOllama(server: OpenAiServer, root: URL, signal: AbortSignal): Promise<void> {
  if (!(await isOllama(server, root, signal))) return;
  throw createFault(
    placeOf(server),
    'wrong-backend',
    'it is Ollama, whose /v1 cannot set the context window',
    {
      remedy: 'Write `backend: ollama` for the role in .nexus.yml.',
    },
  );
}

async function isOllama(server: OpenAiServer, root: URL, signal: AbortSignal): Promise<boolean> {
  try {
    const top = new URL(root);
    top.pathname = top.pathname.replace(/\/v1$/, '');
    await askAt(server, top, versionAnswer, { path: '/api/version' }, signal);
    const { answer, close } = await sendTo(server, top, { path: '/' }, signal);
    try {
      return (await readValueText(answer.body, placeOf(server))).startsWith('Ollama is running');
    } finally {
      await close();
    }
  } catch (error) {
    // Any answer but Ollama's is a sign of something else; none at all is not.
    if (error instanceof ModelError && ANSWERED.has(error.fault)) return false;
    throw error;
  }
}

const ANSWERED: ReadonlySet<string> = new Set([
  'bad-answer',
  'bad-request',
  'unauthorised',
  'server-error',
  'busy',
  'model-missing',
]);
