import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import { messageOf } from '../errors.js';
import { createFault, quoteForeignText, type FaultPlace, type ModelError } from './model-error.js';
import type { ModelFault, RequestLimits } from './port.js';

/** One request under limits. `fetch` may be called once; `close` ends whatever is still open. */
export interface LimitedCall {
  fetch: typeof globalThis.fetch;
  /** A part of the answer has come; see `CountedProgress`. */
  note(this: void): void;
  close(this: void): Promise<void>;
}

/**
 * What ends the wait for the first token, and silence: every byte, or only what the reader notes. A server that sends a
 * comment every 30 s while it reads a prompt, or while its model hangs, is silent all the same.
 */
type CountedProgress = 'bytes' | 'noted';

/** Node's timers fire at once above this many ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A `fetch` for one request on a connection of its own: no proxy, no redirect, no limit of undici's (its 300 s for
 * headers ends every slow model: reference §2.3), but a limit each for connecting, the first token, silence between two,
 * and the whole. `signal` ends the request at any time, also before the first byte.
 * The fetch and the body of its answer throw a ModelError with the named fault, or the reason of `signal`.
 */
export function openLimitedCall(
  limits: RequestLimits,
  signal: AbortSignal,
  place: FaultPlace,
  counted: CountedProgress = 'bytes',
): LimitedCall {
  const stop = new AbortController();
  const timers = new Map<ModelFault, NodeJS.Timeout>();
  const onAbort = (): void => stop.abort(signal.reason);
  let agent: Agent | undefined;
  let socket: Socket | undefined;
  let progress: Progress = 'connecting';

  const limit = (fault: ModelFault, ms: number, usedMs = 0): void => {
    if (ms === Number.POSITIVE_INFINITY) return;
    const expire = (): void => stop.abort(createFault(place, fault, `the limit is ${formatSeconds(ms)}`));
    timers.set(fault, setTimeout(expire, Math.min(ms - usedMs, LONGEST_TIMER_MS)));
  };
  const lift = (fault: ModelFault): void => {
    clearTimeout(timers.get(fault));
    timers.delete(fault);
  };
  const silence = createSilence({
    start: (usedMs) => limit('silence', limits.silenceMs, usedMs),
    end: () => lift('silence'),
  });
  const note = (): void => {
    lift('first-token-timeout');
    silence.reset();
  };
  const explain = (error: unknown): unknown =>
    stop.signal.aborted ? stop.signal.reason : explainTransport(place, error, progress);

  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', onAbort);
    for (const fault of timers.keys()) lift(fault);
    if (!stop.signal.aborted) stop.abort(new DOMException('The request was closed.', 'AbortError'));
    socket?.destroy();
    await agent?.destroy();
  };
  const connect = createConnector(stop.signal, {
    onOpen: (opened) => {
      socket = opened;
    },
    onConnected: () => {
      progress = 'connected';
      lift('connect-timeout');
    },
  });

  const send: typeof globalThis.fetch = async (input, init) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort, { once: true });
    // Loaded here, since it takes some 70 ms that commands without a model need not pay.
    const undici = await import('undici');
    // One connection that is closed after the answer: on loopback a new one costs nothing, and none stays open.
    agent = new undici.Agent({
      connections: 1,
      pipelining: 0,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect,
    });
    limit('connect-timeout', limits.connectMs);
    limit('first-token-timeout', limits.firstTokenMs);
    limit('request-timeout', limits.requestMs);
    try {
      const answer = await undici.request(input instanceof Request ? input.url : input, {
        method: init?.method === 'POST' ? 'POST' : 'GET',
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: typeof init?.body === 'string' ? init.body : null,
        dispatcher: agent,
        signal: stop.signal,
      });
      progress = 'answering';
      const onPiece = counted === 'bytes' ? note : (): void => {};
      return toResponse(answer, { explain, silence, onPiece });
    } catch (error) {
      throw explain(error);
    }
  };
  return { fetch: send, note, close };
}

/** An own connector, since undici does not end a request that is aborted while it connects. */
function createConnector(
  stop: AbortSignal,
  on: { onOpen(socket: Socket): void; onConnected(): void },
): buildConnector.connector {
  return (to, done) => {
    const isTls = to.protocol === 'https:';
    const host = to.hostname.replaceAll(/^\[|\]$/g, '');
    const target = { host, port: Number(to.port) || (isTls ? 443 : 80) };
    const socket = isTls ? connectTls(target) : connectTcp(target);
    on.onOpen(socket);
    socket.setNoDelay(true);
    // A model may read its prompt for half an hour without a word: routers forget such connections.
    socket.setKeepAlive(true, 30_000);
    let isConnected = false;
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      isConnected = true;
      on.onConnected();
      done(null, socket);
    });
    socket.on('error', (error) => {
      if (!isConnected) done(error, null);
    });
    stop.addEventListener('abort', () => socket.destroy(new Error('aborted')), { once: true });
  };
}

/** Times how long a server has been silent, over several waits; from the first reset on. */
interface Silence {
  wait(): void;
  waited(): void;
  reset(): void;
}

function createSilence(timer: { start(usedMs: number): void; end(): void }): Silence {
  let hasBegun = false;
  let usedMs = 0;
  let since = 0;
  return {
    wait() {
      since = performance.now();
      if (hasBegun) timer.start(usedMs);
    },
    waited() {
      timer.end();
      usedMs += performance.now() - since;
    },
    reset() {
      hasBegun = true;
      usedMs = 0;
    },
  };
}

interface BodyWatch {
  explain(error: unknown): unknown;
  silence: Silence;
  onPiece(): void;
}

/** Silence is measured only while a piece is awaited: a slow reader is not a silent server. */
function toResponse(answer: Dispatcher.ResponseData, watch: BodyWatch): Response {
  const { body } = answer;
  // An abort while nobody reads must not become an uncaught 'error' event.
  body.on('error', () => {});
  const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        watch.silence.wait();
        try {
          const next = await pieces.next().finally(() => watch.silence.waited());
          watch.onPiece();
          if (next.done === true) controller.close();
          else controller.enqueue(next.value);
        } catch (error) {
          controller.error(watch.explain(error));
        }
      },
      cancel() {
        body.destroy();
      },
    },
    { highWaterMark: 0 },
  );
  const isEmpty = [204, 205, 304].includes(answer.statusCode);
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  return new Response(isEmpty ? null : stream, { status: answer.statusCode, headers });
}

type Progress = 'connecting' | 'connected' | 'answering';

/**
 * A socket's error as a fault: before there was a connection the server is not there, afterwards it went away. An
 * answer that breaks off is an error of the HTTP parser, too; only one that never began as HTTP is something else.
 */
function explainTransport(place: FaultPlace, error: unknown, progress: Progress): ModelError {
  const hasText = error instanceof Error && 'code' in error && typeof error.code === 'string';
  const code = quoteForeignText(hasText ? String(error.code) : messageOf(error));
  if (progress === 'connected' && error instanceof Error && error.name === 'HTTPParserError') {
    return createFault(place, 'bad-answer', 'it is not HTTP', { cause: error });
  }
  return createFault(place, progress === 'connecting' ? 'not-running' : 'connection-lost', code, {
    cause: error,
  });
}

/** `90 s`, or `0.2 s` below one second. */
function formatSeconds(ms: number): string {
  return ms < 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
