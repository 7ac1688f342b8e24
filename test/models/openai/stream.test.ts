import { afterEach, describe, expect, test } from 'vitest';
import type { StreamStyle } from '../../support/scripted-openai.js';
import type { RequestLimits } from '../../../src/models/port.js';
import { faultOf, hear, LIMITS } from '../chat-support.js';
import { openScene, type Scene } from './openai-support.js';

let scene: Scene | undefined;
afterEach(async () => {
  await scene?.server.close();
  scene = undefined;
});

async function open(...given: Parameters<typeof openScene>): Promise<Scene> {
  scene = await openScene(...given);
  return scene;
}

/** A stream that is written out by hand. */
async function openRaw(body: string | Buffer, contentType = 'text/event-stream'): Promise<Scene> {
  return open({
    kind: 'openai',
    override: (request, response) => {
      if (request.method !== 'POST') return false;
      response.writeHead(200, { 'content-type': contentType });
      response.end(body);
      return true;
    },
  });
}

const TEXT = 'const naïve = "wörld 😀";\n'.repeat(5);
const say = (content: string): string => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

describe('a stream is understood', () => {
  const styles: Record<string, StreamStyle> = {
    'with CRLF': { lineEnd: '\r\n' },
    'with CR alone': { lineEnd: '\r' },
    'with pings between': { pings: true, lineEnd: '\r\n' },
    'without its mark at the end': { noMark: true },
    'without blank lines': { tight: true },
    'byte by byte': { pieceBytes: 1, lineEnd: '\r\n' },
    'under another content type': { contentType: 'text/plain' },
    'as one JSON body': { buffered: true },
  };
  test.each(Object.entries(styles))('%s', async (_, style) => {
    const { model } = await open({ kind: 'openai', replies: () => TEXT, style });
    const heard = await hear(model);
    expect(heard.error).toBeUndefined();
    expect(heard.text).toBe(TEXT);
    expect(heard.events.at(-1)).toMatchObject({ type: 'done', ending: 'stop', usage: { promptTokens: 11 } });
  });

  test('with an object over several lines, and with fields that are not known', async () => {
    const { model } = await openRaw(
      `\uFEFFid: 7\nretry: 10\ndata: {"choices":\ndata: [{"delta":{"content":"ok"}}]}\n\nfoo: bar\n\n${END}`,
    );
    expect(await hear(model)).toMatchObject({ text: 'ok', error: undefined });
  });

  test('that a mark ends without a reason', async () => {
    const { model } = await openRaw(`${say('ok')}data: [DONE]\n\n`);
    expect((await hear(model)).events.at(-1)).toMatchObject({ type: 'done', ending: 'stop' });
  });

  test('that breaks after its end: only the figures are missing', async () => {
    const { model } = await openRaw(`${say('ok')}${END}data: {"usa`);
    const heard = await hear(model);
    expect(heard).toMatchObject({ text: 'ok', error: undefined });
    expect(heard.events.at(-1)).toMatchObject({ type: 'done', usage: { promptTokens: undefined } });
  });

  test('that stays open after its end: nobody waits for it', async () => {
    const { model, server } = await open({
      kind: 'openai',
      replies: () => ({ text: 'ok', fault: 'open-after-end' }),
      style: { noMark: true },
    });
    expect(await hear(model)).toMatchObject({ text: 'ok', error: undefined });
    await expect.poll(() => server.openSockets()).toBe(0);
  });

  test.each([
    ['eos', 'stop'],
    ['model_length', 'length'],
    ['content_filter', undefined],
    ['constructor', undefined],
  ])('the ending %s is %s', async (reason, ending) => {
    const { model } = await open({ kind: 'openai', replies: () => ({ text: 'ok', ending: reason }) });
    const heard = await hear(model);
    expect(heard.events.flatMap((event) => (event.type === 'done' ? [event.ending] : []))).toEqual(
      ending === undefined ? [] : [ending],
    );
    expect(faultOf(heard.error)).toBe(ending === undefined ? 'bad-answer' : undefined);
  });
});

describe('what is no answer', () => {
  test.each([
    ['nothing at all', '', 'stream-cut'],
    ['a body of blanks', ' \n\n ', 'stream-cut'],
    ['only pings', ': ping\n\n', 'stream-cut'],
    ['a list', '[1]', 'bad-answer'],
    ['half of a JSON body', '{"choices":[', 'bad-answer'],
    ['a JSON body of something else', '{"choices":"none"}', 'bad-answer'],
    ['an event that is no object', 'data: "text"\n\n', 'bad-answer'],
    ['text where a text is no text', 'data: {"choices":[{"delta":{"content":7}}]}\n\n', 'bad-answer'],
    ['words in the middle', `${say('a')}what is this\n\n`, 'bad-answer'],
    ['a JSON body with an error', '{"error":{"message":"the engine stopped"}}', 'mid-stream-error'],
    ['an error without its field', `${say('a')}{"error":"the engine stopped"}\n\n`, 'mid-stream-error'],
    ['an old error of vLLM', 'data: {"object":"error","message":"gone"}\n\n', 'mid-stream-error'],
    ['an error with nothing in it', 'data: {"error":{}}\n\n', 'mid-stream-error'],
    [
      'an overflow in mid-stream',
      'data: {"error":{"message":"x","type":"exceed_context_size_error"}}\n\n',
      'context-exceeded',
    ],
  ])('%s', async (_, body, fault) => {
    const { model } = await openRaw(body);
    expect(faultOf((await hear(model)).error)).toBe(fault);
  });
});

describe('thinking', () => {
  test.each(['reasoning_content', 'reasoning'] as const)('under `%s`', async (thinkingKey) => {
    const { model } = await open({
      kind: 'openai',
      replies: () => ({ thinking: 'Hm…', thinkingKey, text: 'Done.' }),
    });
    const { text, events } = await hear(model);
    expect(text).toBe('Done.');
    expect(events.flatMap((event) => (event.type === 'thinking' ? [event.text] : [])).join('')).toBe('Hm…');
  });

  test('an object under that name is no text', async () => {
    const { model } = await openRaw(
      `data: {"choices":[{"delta":{"reasoning":{"effort":"low"},"content":"ok"}}]}\n\n${END}`,
    );
    expect((await hear(model)).text).toBe('ok');
  });

  test.each([
    ['<think>Hm, a < b…</think>\n\nDone.', 'Hm, a < b…', 'Done.'],
    ['\n<think>\n</think>Done.', '\n', 'Done.'],
    ['<think>never ended', 'never ended', ''],
    ['<thin', '', '<thin'],
    ['<thinker> is a tag', '', '<thinker> is a tag'],
    ['See <think>this</think>', '', 'See <think>this</think>'],
    ['<think>a</think>b</think>c<think>d', 'a', 'b</think>c<think>d'],
    ['   indented', '', '   indented'],
    ['<think>a</think>  ', 'a', ''],
  ])('in the answer itself: %j', async (answer, thought, text) => {
    for (const pieceBytes of [1, 500]) {
      const { model, server } = await open({ kind: 'openai', replies: () => answer, style: { pieceBytes } });
      const heard = await hear(model);
      expect(heard.text).toBe(text);
      const thoughts = heard.events.flatMap((event) => (event.type === 'thinking' ? [event.text] : []));
      expect(thoughts.join('')).toBe(thought);
      await server.close();
    }
  });
});

describe('a server that sends signs of life and no token', () => {
  const PING = ': ping\n\n';
  /** What some send before they read the prompt. */
  const EMPTY = 'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n';

  /** Sends these, with pings in between: first `before`, after `ms` the rest. */
  async function openSlow(
    before: string[],
    ms: number,
    rest: string[],
    limits: Partial<RequestLimits>,
  ): Promise<Scene> {
    const override: NonNullable<Parameters<typeof openScene>[0]['override']> = (request, response) => {
      if (request.method !== 'POST') return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const piece of before) response.write(piece);
      const pings = setInterval(() => response.write(PING), 20);
      response.on('close', () => clearInterval(pings));
      if (rest.length > 0) {
        setTimeout(() => {
          clearInterval(pings);
          for (const piece of rest) response.write(piece);
          response.end();
        }, ms);
      }
      return true;
    };
    return open({ kind: 'openai', override }, { limits: { ...LIMITS, ...limits } });
  }

  test('before the first: it is waited for as long as for a first token, and no longer', async () => {
    const slow = await openSlow([EMPTY, PING], 400, [say('ok'), END], { silenceMs: 100 });
    expect(await hear(slow.model)).toMatchObject({ text: 'ok', error: undefined });
    await slow.server.close();
    const never = await openSlow([EMPTY, PING], 0, [], { firstTokenMs: 150 });
    expect(faultOf((await hear(never.model)).error)).toBe('first-token-timeout');
  });

  test('in the middle of an answer: it is silent', async () => {
    const { model } = await openSlow([say('So ')], 0, [], { silenceMs: 150 });
    const heard = await hear(model);
    expect(faultOf(heard.error)).toBe('silence');
    expect(heard.text).toBe('So ');
  });

  test('in the middle of an answer, but not for long: it goes on', async () => {
    const { model } = await openSlow([say('So ')], 100, [say('ok'), END], { silenceMs: 5_000 });
    expect(await hear(model)).toMatchObject({ text: 'So ok', error: undefined });
  });
});
