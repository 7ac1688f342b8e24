import type { ServerResponse } from 'node:http';
import type { ModelFault } from '../../src/models/port.js';

/** What a fault has at hand: the lines of the true answer and their end. */
export interface FaultScene {
  words: readonly string[];
  end: string;
  /** A line with this text. */
  say: (content: string) => string;
  numCtx: number;
  retryAfter: string | undefined;
  sendLines: (response: ServerResponse, lines: readonly string[]) => Promise<void>;
}

interface Fault {
  /** What the client must make of it when it happens again and again. */
  is: ModelFault;
  /** Whether the model is in memory afterwards. */
  loads: boolean;
  /** Whether a part of the scripted answer is sent before it breaks. */
  usesReply: boolean;
  send(response: ServerResponse, scene: FaultScene): void | Promise<void>;
}

/** Every way in which a server fails. `down` is done by the server itself. */
export const SCRIPTED_FAULTS = {
  /** The server is ended: the connection breaks and nothing listens any more until `up()`. */
  down: fault('not-running', () => {}),
  'model-missing': refuse('model-missing', 404, "model 'gone:7b' not found"),
  busy: fault('busy', (response, { retryAfter }) => {
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    sendError(response, 503, 'server busy, please try again.  maximum pending requests exceeded');
  }),
  'context-exceeded': refuse('context-exceeded', 400, 'the input length exceeds the context length'),
  unauthorised: refuse('unauthorised', 401, 'unauthorized'),
  'bad-request': refuse('bad-request', 400, 'invalid JSON schema in format'),
  'server-error': refuse('server-error', 500, 'llama-server binary not found'),
  'runner-died': refuse('server-error', 500, 'model runner has unexpectedly stopped, see the log'),
  'out-of-memory': refuse(
    'server-error',
    500,
    'model requires more system memory (5.6 GiB) than is available (3.2 GiB)',
  ),
  'bad-gateway': fault('server-error', (response) => {
    response.writeHead(502, { 'content-type': 'text/html' });
    response.end('<html>Bad Gateway</html>');
  }),
  redirect: fault('bad-answer', (response) => {
    response.writeHead(307, { location: 'http://example.invalid/api/chat' });
    response.end();
  }),
  /** Broken before the first byte. */
  'connection-lost': fault('connection-lost', (response) => void response.socket?.resetAndDestroy()),
  /** Broken after half of the answer. */
  'connection-cut': during('connection-lost', (response) => void response.socket?.resetAndDestroy()),
  'mid-stream-error': during('mid-stream-error', (response) => {
    response.end(`${JSON.stringify({ error: 'an error was encountered while running the model' })}\n`);
  }),
  /** The stream ends in good order, but without `done`. */
  'no-done': during('stream-cut', (response) => void response.end()),
  /** Half an answer, then nothing for ever. */
  silence: during('silence', () => {}),
  /** Not even a header, for ever. */
  'slow-first-token': { ...fault('first-token-timeout', () => {}), loads: true },
  'not-json': fault('bad-answer', (response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>A router</title>');
  }),
  'invalid-line': during('bad-answer', (response) => void response.end('{"message":{"content":"x"\n')),
  'not-an-object': during('bad-answer', (response) => void response.end('"text"\n')),
  'wrong-type': during('bad-answer', (response) => void response.end('{"message":{"content":7}}\n')),
  'bad-utf8': during('bad-answer', (response) => {
    response.end(Buffer.concat([Buffer.from('{"message":{"content":"'), Buffer.from([0xc3, 0x28, 0xff])]));
  }),
  'huge-line': during('bad-answer', async (response) => {
    const piece = 'x'.repeat(512 * 1024);
    for (let sent = 0; sent < 10 && !response.destroyed; sent += 1) {
      response.write(piece);
      await new Promise(setImmediate);
    }
    response.end();
  }),
  /** The count says that the prompt filled the window (Ollama up to 0.24, tried). */
  'prompt-cut': {
    ...fault('prompt-cut', async (response, { words, end, numCtx, sendLines }) => {
      const done: object = JSON.parse(end);
      await sendLines(response, [...words, JSON.stringify({ ...done, prompt_eval_count: numCtx })]);
    }),
    loads: true,
    usesReply: true,
  },
  'endless-white-space': runaway('   \n\n\t\n'),
  'endless-lines': runaway('    return value;\n'),
} as const satisfies Record<string, Fault>;

export type ScriptedFault = keyof typeof SCRIPTED_FAULTS;

function fault(is: ModelFault, send: Fault['send']): Fault {
  return { is, loads: false, usesReply: false, send };
}

function refuse(is: ModelFault, status: number, error: string): Fault {
  return fault(is, (response) => sendError(response, status, error));
}

function sendError(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ error }));
}

/** Sends half of the answer, at least one piece, then does the harm. */
function during(is: ModelFault, harm: (response: ServerResponse) => void | Promise<void>): Fault {
  return {
    is,
    loads: true,
    usesReply: true,
    async send(response, { words, say }) {
      const half = words.length === 0 ? [say('So ')] : words.slice(0, Math.ceil(words.length / 2));
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      await new Promise((resolve) => void response.write(`${half.join('\n')}\n`, resolve));
      await harm(response);
    },
  };
}

/** Says the same for ever, until the client hangs up. */
function runaway(text: string): Fault {
  return {
    is: 'runaway',
    loads: true,
    usesReply: true,
    async send(response, { say }) {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      while (!response.destroyed) {
        response.write(`${say(text)}\n`);
        await new Promise(setImmediate);
      }
    },
  };
}
