import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { openLimitedCall } from '../../src/models/limited-fetch.js';
import { checkAnswers, type AnswerShape } from '../../src/models/ollama/wire.js';
import { faultOf, LIMITS } from './chat-support.js';

let server: Server;
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
}

const open = () =>
  openLimitedCall(LIMITS, new AbortController().signal, { kind: 'ollama', server: 'Ollama' });
const LINES: AnswerShape = { kind: 'lines', isEnd: (line) => line['done'] === true };

describe('a request', () => {
  test('goes out as it was given, also as a Request', async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, [
        ['x-two', 'a'],
        ['x-two', 'b'],
      ]);
      response.end(`${request.method} ${String(request.headers['x-mine'])}`);
    });
    const call = open();
    const answer = await call.fetch(new Request(url), { headers: { 'x-mine': 'yes' } });
    expect(await answer.text()).toBe('GET yes');
    expect(answer.headers.get('x-two')).toBe('a, b');
    await call.close();
  });

  test('that is answered without a body', async () => {
    const url = await serve((_, response) => void response.writeHead(204).end());
    const call = open();
    const answer = await call.fetch(url);
    expect(answer.status).toBe(204);
    expect(await answer.text()).toBe('');
    await call.close();
  });

  test('that is closed unread leaves nothing behind', async () => {
    let isGone: Promise<void> | undefined;
    const url = await serve((request, response) => {
      isGone = new Promise((resolve) => void request.socket.once('close', () => resolve()));
      response.write('a piece');
    });
    const call = open();
    const answer = await call.fetch(url);
    await answer.body?.cancel();
    await call.close();
    await expect(isGone).resolves.toBeUndefined();
  });

  test('no redirect is followed, so that nothing is sent to another address', async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const call = open();
    const check = checkAnswers(call.fetch, { kind: 'value' }, { kind: 'ollama', server: 'Ollama' });
    expect(faultOf(await check(url).catch((error: unknown) => error))).toBe('bad-answer');
    expect(requests).toBe(1);
    await call.close();
  });
});

describe('lines', () => {
  async function read(body: string | Buffer, status = 200): Promise<string> {
    const url = await serve(
      (_, response) => void response.writeHead(status).end(status === 204 ? undefined : body),
    );
    const call = open();
    try {
      const answer = await checkAnswers(call.fetch, LINES, { kind: 'ollama', server: 'Ollama' })(url);
      return await answer.text();
    } finally {
      await call.close();
    }
  }

  test('may be blank, end in CRLF, lack the last line break; what follows the end is dropped', async () => {
    expect(await read('\r\n{"a":"é"}\r\n\n{"done":true}')).toBe('{"a":"é"}\r\n{"done":true}\n');
    expect(server.listening).toBe(true);
  });

  test('after the end count no more', async () => {
    expect(await read('{"done":true}\n{"error":"late"}\nnonsense\n')).toBe('{"done":true}\n');
  });

  test.each([
    ['', 200, 'stream-cut'],
    ['', 204, 'stream-cut'],
    ['{"a":1}', 200, 'stream-cut'],
    ['[1]\n', 200, 'bad-answer'],
    [Buffer.from([0x7b, 0xe2, 0x82]), 200, 'bad-answer'],
  ])('%j with status %s', async (body, status, fault) => {
    expect(faultOf(await read(body, status).catch((error: unknown) => error))).toBe(fault);
  });
});
