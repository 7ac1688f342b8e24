import { findClosedAddress } from '../../support/loopback-server.js';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openLimitedCall } from '../../../src/models/limited-fetch.js';
import { explainStatus, explainStreamError } from '../../../src/models/http-faults.js';
import { ModelError } from '../../../src/models/model-error.js';
import {
  faultAt,
  inOrder,
  SCRIPTED_FAULTS,
  startScriptedOllama,
  type ScriptedFault,
  type ScriptedOllama,
} from '../../support/scripted-ollama.js';
import { createModel, faultOf, hear, LIMITS, REQUEST } from '../chat-support.js';

let server: ScriptedOllama | undefined;
const printed: unknown[][] = [];
beforeEach(() => {
  for (const name of ['log', 'warn', 'error', 'info'] as const) {
    vi.spyOn(console, name).mockImplementation((...given: unknown[]) => void printed.push(given));
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  // `--json` output must stay clean whatever a server sends (the ollama package prints).
  if (printed.length > 0) throw new Error(`printed: ${JSON.stringify(printed.splice(0))}`);
  await server?.close();
  server = undefined;
});

const TEXT = 'The whole answer, as it was meant.';
const FAST = { ...LIMITS, firstTokenMs: 250, silenceMs: 250 };
/** How often the same request is sent when the fault stays; 1 where asking again cannot help. */
const SENT: Partial<Record<ScriptedFault, number>> = {
  busy: 5,
  'connection-lost': 3,
  'connection-cut': 3,
  'mid-stream-error': 2,
  'no-done': 2,
  'bad-gateway': 3,
  'runner-died': 3,
};

const ALL = Object.keys(SCRIPTED_FAULTS).filter((name): name is ScriptedFault => name in SCRIPTED_FAULTS);

describe.each(ALL)('%s', (fault) => {
  const isTimeout = fault === 'silence' || fault === 'slow-first-token';
  const options = isTimeout ? { limits: FAST } : {};

  test('that stays is a fault with its own name, a message and a remedy', async () => {
    server = await startScriptedOllama({ replies: () => ({ text: TEXT, fault }) });
    const { error } = await hear(createModel(server.url, options));
    expect(faultOf(error)).toBe(SCRIPTED_FAULTS[fault].is);
    expect(error).toMatchObject({ exitCode: 5, remedy: expect.stringMatching(/.{10}/) });
    expect(String(error)).toMatch(/^ModelError: .{15,}\.$/);
    expect(server.requests).toHaveLength(SENT[fault] ?? 1);
    await expect.poll(() => server?.openSockets()).toBe(0);
  });

  test.skipIf(fault === 'down')('that passes is overcome, where asking again can help', async () => {
    server = await startScriptedOllama({ replies: faultAt(1, fault, inOrder('first', TEXT)) });
    const model = createModel(server.url, options);
    expect((await hear(model)).text).toBe('first');
    const heard = await hear(model);
    const canPass = SENT[fault] !== undefined;
    expect(heard.error === undefined).toBe(canPass);
    expect(heard.events.filter((event) => event.type === 'retrying')).toHaveLength(canPass ? 1 : 0);
    // Text of the broken try is forgotten, not put before the answer.
    // Else the next request finds the script where it was: a failed run can go on.
    const answer = canPass ? heard : await hear(model);
    expect(answer.text).toBe(TEXT);
  });
});

describe('a server that is not there', () => {
  test('is tried three times, then named with what to do', async () => {
    const heard = await hear(createModel(await findClosedAddress()));
    expect(faultOf(heard.error)).toBe('not-running');
    expect(heard.error).toMatchObject({
      code: 'model-not-running',
      message: expect.stringMatching(/^Ollama at http:\/\/127\.0\.0\.1:\d+ does not answer: ECONNREFUSED\.$/),
      remedy: expect.stringContaining('ollama serve'),
    });
    expect(heard.events.filter((event) => event.type === 'retrying')).toHaveLength(2);
  });

  test('and comes back is asked again from the start', async () => {
    const running = await startScriptedOllama({ replies: faultAt(0, 'down', inOrder(TEXT)) });
    server = running;
    let retries = 0;
    let text = '';
    const model = createModel(running.url);
    for await (const event of model.chat(REQUEST, AbortSignal.timeout(10_000))) {
      if (event.type === 'retrying') retries += 1;
      if (event.type === 'retrying' && retries === 1) await running.up();
      if (event.type === 'text') text += event.text;
    }
    expect(text).toBe(TEXT);
    expect(retries).toBe(1);
  });

  test('under a name that nobody knows', async () => {
    const heard = await hear(createModel('http://no-such-host.invalid:11434'));
    expect(faultOf(heard.error)).toBe('not-running');
  });
});

describe('something else on the port', () => {
  test('that does not speak HTTP', async () => {
    const mail = createServer(
      (socket) =>
        void socket
          .on('error', () => {})
          .resume()
          .end('220 mail.example ESMTP\r\n'),
    );
    await new Promise<void>((resolve) => void mail.listen(0, '127.0.0.1', resolve));
    const address = mail.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const heard = await hear(createModel(`http://127.0.0.1:${port}`));
    expect(faultOf(heard.error)).toBe('bad-answer');
    expect(String(heard.error)).toContain('it is not HTTP');
    await new Promise((resolve) => void mail.close(resolve));
  });

  test('nothing, under a name with two addresses', async () => {
    const { port } = await findClosedAddress();
    const heard = await hear(createModel(`http://localhost:${port}`));
    expect(String(heard.error)).toContain('does not answer: ECONNREFUSED');
  });
});

describe('limits', () => {
  test('connecting: a server that takes the connection but never greets', async () => {
    const silent = createServer((socket) => void socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    // With https the connection counts only after the handshake, which this server never answers.
    const call = openLimitedCall({ ...LIMITS, connectMs: 100 }, new AbortController().signal, {
      kind: 'ollama',
      server: 'Ollama',
    });
    const error: unknown = await call.fetch(`https://127.0.0.1:${port}/`).catch((thrown: unknown) => thrown);
    await call.close();
    await call.close();
    expect(faultOf(error)).toBe('connect-timeout');
    await new Promise((resolve) => void silent.close(resolve));
  });

  test('the whole request, while the answer still flows', async () => {
    server = await startScriptedOllama({ replies: inOrder({ fault: 'endless-lines' }) });
    const limits = { ...LIMITS, requestMs: 1 };
    const heard = await hear(createModel(server.url, { limits }));
    expect(faultOf(heard.error)).toBe('request-timeout');
    expect(String(heard.error)).toContain('the limit is 0.0 s');
  });

  test('the first token counts from the request, so a slow start is no fault while it is in time', async () => {
    server = await startScriptedOllama({ replies: inOrder({ text: TEXT, delayMs: 100 }) });
    const limits = { ...LIMITS, silenceMs: 50, requestMs: Number.POSITIVE_INFINITY };
    expect((await hear(createModel(server.url, { limits }))).text).toBe(TEXT);
  });

  test('a reader that takes its time does not make the server silent', async () => {
    server = await startScriptedOllama({ replies: inOrder(TEXT.repeat(20)) });
    const model = createModel(server.url, { limits: { ...LIMITS, silenceMs: 60 } });
    let pieces = 0;
    for await (const event of model.chat(REQUEST, AbortSignal.timeout(9000))) {
      if (event.type !== 'text') continue;
      pieces += 1;
      if (pieces === 3) await new Promise((resolve) => void setTimeout(resolve, 150));
    }
    expect(pieces).toBeGreaterThan(20);
  });
});

describe('the prompt', () => {
  test('that is too long is refused by the server and not sent again', async () => {
    server = await startScriptedOllama({ replies: inOrder('never') });
    const long = 'word '.repeat(4000);
    const heard = await hear(createModel(server.url), { messages: [{ role: 'user', content: long }] });
    expect(faultOf(heard.error)).toBe('context-exceeded');
    expect(server.requests).toHaveLength(1);
  });

  test('that an old server cut in silence is an error, not an answer', async () => {
    server = await startScriptedOllama({
      replies: inOrder({ text: 'A confident answer.', promptTokens: 2051 }),
    });
    const heard = await hear(createModel(server.url), { estimatedTokens: 3900 });
    expect(faultOf(heard.error)).toBe('prompt-cut');
    expect(String(heard.error)).toContain('it read 2051 of about 3900 tokens, with a window of 4096');
  });
});

describe('statuses', () => {
  const place = { kind: 'ollama' as const, server: 'Ollama', model: 'm:1b' };
  const explain = (status: number, body: string, retryAfter: string | null = null): ModelError =>
    explainStatus(place, { status, body, retryAfter });

  test.each([
    [404, '{"error":"model \'m:1b\' not found"}', 'model-missing', false],
    [404, '404 page not found', 'bad-answer', false],
    [401, '{"error":"unauthorized"}', 'unauthorised', false],
    [429, '', 'busy', true],
    [503, '{"error":{"message":"Loading model","code":503}}', 'busy', true],
    [500, '{"error":"option \\"num_ctx\\" must be of type integer"}', 'bad-request', false],
    [500, '{"error":"prediction aborted, token repeat limit reached"}', 'runaway', false],
    [400, '{"error":{"type":"exceed_context_size_error"}}', 'context-exceeded', false],
    [400, 'the request exceeds the available context size', 'context-exceeded', false],
    [400, 'the prompt is longer than the context length currently available', 'context-exceeded', false],
    [504, 'null', 'server-error', true],
    [500, '', 'server-error', false],
  ])('%s %s', (status, body, fault, canRetry) => {
    expect(explain(status, body)).toMatchObject({ fault, canRetry });
  });

  test('Retry-After in seconds, as a date, and nonsense', () => {
    expect(explain(503, '', '7').retryAfterMs).toBe(7000);
    expect(explain(503, '', new Date(Date.now() - 5000).toUTCString()).retryAfterMs).toBe(0);
    const soon = explain(503, '', new Date(Date.now() + 60_000).toUTCString()).retryAfterMs;
    expect(soon).toBeGreaterThan(50_000);
    expect(explain(503, '', 'soon').retryAfterMs).toBeUndefined();
    expect(explain(503, '').retryAfterMs).toBeUndefined();
  });

  test('what a server says cannot drive the terminal or flood it', () => {
    const { message } = explain(500, `{"error":"\\u001b[2J\\u202e${'x'.repeat(5000)}\\nsecond"}`);
    expect(message).toMatch(/^[\x20-\x7e…]+$/);
    expect(message.length).toBeLessThan(400);
  });

  test('errors in mid-stream keep their meaning', () => {
    expect(explainStreamError(place, 'exceeds the context length').fault).toBe('context-exceeded');
    expect(explainStreamError(place, 'cudaMalloc failed').fault).toBe('server-error');
    expect(explainStreamError(place, { odd: 1 })).toMatchObject({
      fault: 'mid-stream-error',
      canRetry: true,
    });
    expect(explainStreamError(place, undefined).fault).toBe('mid-stream-error');
  });
});

test('the scripted server itself says so when its script runs out', async () => {
  const short = await startScriptedOllama({ replies: inOrder() });
  expect(faultOf((await hear(createModel(short.url))).error)).toBe('server-error');
  await expect(short.close()).rejects.toThrow(/script has run out at chat request 0/);
});
