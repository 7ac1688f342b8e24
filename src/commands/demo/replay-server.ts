import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { keyOfRequest, type RecordedExchange, type Recording } from './recording.js';

export interface ReplayServer {
  url: string;
  /** Requests that the recording has no answer for. */
  readonly missed: number;
  close(): Promise<void>;
}

/** Characters in one piece of a replayed answer. */
const PIECE = 24;

/**
 * Answers `/api/chat` on loopback with recorded replies, verbatim, so that the demo runs through the same client as with
 * a real server. A request that was not recorded is an error, of which `onMiss` is told: nothing is made up.
 */
export async function startReplayServer(
  recording: Recording,
  onMiss: () => void = () => undefined,
): Promise<ReplayServer> {
  const answers = new Map(recording.exchanges.map((one) => [one.key, one]));
  let missed = 0;
  const server = createServer((message, response) => {
    void readBody(message).then((body) => {
      if (message.url !== '/api/chat')
        return sendJson(response, 200, describeServer(message.url ?? '', recording));
      if (isLoad(body)) return sendJson(response, 200, { done: true, done_reason: 'load' });
      const found = answers.get(keyOfRequest(body) ?? '');
      if (found !== undefined) return sendReply(response, found);
      missed += 1;
      onMiss();
      return sendJson(response, 400, { error: 'this request was not recorded' });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    get missed() {
      return missed;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A model is to be read into memory: nothing is said. */
function isLoad(body: unknown): boolean {
  const isObject = typeof body === 'object' && body !== null && 'messages' in body;
  return isObject && Array.isArray(body.messages) && body.messages.length === 0;
}

function describeServer(path: string, recording: Recording): unknown {
  const names = [...new Set(Object.values(recording.models))];
  const models = names.map((name) => ({ name, model: name, digest: '', size: 0, details: {} }));
  if (path === '/api/version') return { version: recording.server };
  if (path === '/api/tags') return { models };
  if (path === '/api/ps') return { models: [] };
  return { capabilities: ['completion'], model_info: {}, details: {} };
}

function sendReply(response: ServerResponse, { reply, model, final }: RecordedExchange): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const line = (value: unknown): void => void response.write(`${JSON.stringify(value)}\n`);
  const pieces = reply.match(new RegExp(`[\\s\\S]{1,${PIECE}}`, 'gu')) ?? [];
  for (const content of pieces) line({ model, message: { role: 'assistant', content }, done: false });
  if (final !== null) line({ model, message: { role: 'assistant', content: '' }, ...final, done: true });
  response.end();
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function readBody(message: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of message) if (Buffer.isBuffer(part)) parts.push(part);
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return undefined;
  }
}
