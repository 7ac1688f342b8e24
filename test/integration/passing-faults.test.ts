import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.js';
import type { OpenAiKind } from '../../src/models/openai/preset.js';
import type { Replies } from '../support/scripted-ollama.js';
import { GREETING, GREET_HELLO, GUIDE_HELLO, MAIN_ALL, RICH_TASK } from './greeting.js';
import { rolesOn, startKind } from './openai-scene.js';
import { setScene, type Scene } from './scene.js';
import { plan, readQuestion, scripted, wholeFile, type Script } from './script.js';

/*
 * A run in which every request fails once, in a way that can pass, makes the same branch as one without faults: whatever
 * the fault and the server. The faults are made on the wire, at chats and (unless they are of an answer) at the questions
 * that come before them.
 */

const SCRIPT: Script = {
  'choose-files': { json: { files: ['src/greet.mjs', 'src/main.mjs', 'guide.md'] } },
  plan: plan(
    [
      { title: 'Say hello in greet', files: ['src/greet.mjs'] },
      { title: 'Greet all', files: ['src/main.mjs'] },
    ],
    { documents: ['guide.md'] },
  ),
  step: (asked) =>
    asked.kind === 'step' && asked.number === 2
      ? wholeFile('src/main.mjs', MAIN_ALL)
      : wholeFile('src/greet.mjs', GREET_HELLO),
  update: wholeFile('guide.md', GUIDE_HELLO),
};
const QUESTIONS = ['choose-files', 'plan', 'step', 'step', 'notes', 'update'];

type Kind = 'ollama' | Extract<OpenAiKind, 'lm-studio' | 'llama-server'>;

/** How a kind writes what a broken answer is made of. */
const WIRE = {
  ollama: {
    chat: '/api/chat',
    type: 'application/x-ndjson',
    piece: '{"message":{"content":"So "},"done":false}\n',
    error: '{"error":"an error was encountered while running the model"}\n',
    half: '{"message":{"cont',
  },
  openai: {
    chat: '/v1/chat/completions',
    type: 'text/event-stream',
    piece: 'data: {"choices":[{"delta":{"content":"So "}}]}\n\n',
    error: 'event: error\ndata: {"error":{"message":"the engine stopped","type":"server_error"}}\n\n',
    half: 'data: {"choices":[{"del',
  },
};
type Wire = (typeof WIRE)['ollama'];

/** What happens to a request in place of its answer. */
interface Fault {
  /** Only answers can break like this: other questions go well. */
  onlyChats: boolean;
  send(response: ServerResponse, wire: Wire, server: Switch): void;
}

interface Switch {
  down(): void;
  up(): Promise<void>;
}

const anywhere = (send: Fault['send']): Fault => ({ onlyChats: false, send });
const atChats = (send: Fault['send']): Fault => ({ onlyChats: true, send });

const refusing =
  (status: number, error: string, headers: Record<string, string> = {}): Fault['send'] =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error }));
  };

/** Begins to answer, then does the harm. */
const during =
  (harm: (response: ServerResponse, wire: Wire, server: Switch) => void): Fault['send'] =>
  (response, wire, server) => {
    response.writeHead(200, { 'content-type': wire.type });
    response.write(wire.piece, () => harm(response, wire, server));
  };

const FAULTS = {
  'HTTP 408': anywhere(refusing(408, 'request timeout')),
  'HTTP 429': anywhere(refusing(429, 'too many requests')),
  'HTTP 429 with Retry-After': anywhere(refusing(429, 'too many requests', { 'retry-after': '0' })),
  'HTTP 502': anywhere((response) => {
    response.writeHead(502, { 'content-type': 'text/html' });
    response.end('<html>Bad Gateway</html>');
  }),
  'HTTP 503': anywhere(refusing(503, 'server busy, please try again. maximum pending requests exceeded')),
  'HTTP 503 with a date in Retry-After': anywhere(
    refusing(503, 'server busy', { 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT' }),
  ),
  'HTTP 504': anywhere(refusing(504, 'upstream timed out')),
  'the model is being loaded': atChats(refusing(503, 'Loading model')),
  'the process of the model died': atChats(
    refusing(500, 'llama runner process has terminated: signal: killed'),
  ),
  'reset before any answer': anywhere((response) => void response.socket?.resetAndDestroy()),
  'closed before any answer': anywhere((response) => void response.socket?.end()),
  'reset behind the headers': anywhere((response, wire) => {
    response.writeHead(200, { 'content-type': wire.type });
    response.flushHeaders();
    setImmediate(() => response.socket?.resetAndDestroy());
  }),
  'reset in the middle of the answer': atChats(during((response) => void response.socket?.resetAndDestroy())),
  'closed in the middle of the answer': atChats(during((response) => void response.socket?.end())),
  'an answer without its end': atChats(during((response) => void response.end())),
  'an answer that ends in the middle of a line': atChats(
    during((response, wire) => void response.end(wire.half)),
  ),
  'no answer at all': atChats((response, wire) => {
    response.writeHead(200, { 'content-type': wire.type });
    response.end();
  }),
  'an error as the answer': atChats((response, wire) => {
    response.writeHead(200, { 'content-type': wire.type });
    response.end(wire.error);
  }),
  'an error in the middle of the answer': atChats(during((response, wire) => void response.end(wire.error))),
  'the server is started again': atChats((_, __, server) => server.down()),
  'the server is started again in the middle of the answer': atChats(
    during((_, __, server) => server.down()),
  ),
} satisfies Record<string, Fault>;
type FaultName = keyof typeof FAULTS;

/** Faults that each request has one after the other; a run for each alone would take twice the time. */
const ROWS: { faults: FaultName[] }[] = [
  { faults: ['HTTP 408', 'HTTP 429', 'HTTP 429 with Retry-After', 'HTTP 503'] },
  { faults: ['HTTP 503 with a date in Retry-After', 'HTTP 502', 'reset before any answer'] },
  { faults: ['HTTP 504', 'closed before any answer', 'the server is started again'] },
  {
    faults: [
      'the model is being loaded',
      'the process of the model died',
      'reset in the middle of the answer',
      'an error as the answer',
    ],
  },
  { faults: ['reset behind the headers', 'an answer without its end'] },
  {
    faults: [
      'closed in the middle of the answer',
      'an answer that ends in the middle of a line',
      'the server is started again in the middle of the answer',
    ],
  },
  { faults: ['no answer at all', 'an error in the middle of the answer'] },
];

/** Breaks each request to the server that belongs to one question of a run, once in each way. */
function breakEach(faults: readonly Fault[], wire: Wire, server: () => Switch) {
  const broken = new Map<string, number>();
  return {
    /** A new question. */
    begin: () => broken.clear(),
    override: (request: IncomingMessage, response: ServerResponse): boolean => {
      const path = `${request.method} ${request.url}`;
      const times = broken.get(path) ?? 0;
      const isChat = path.endsWith(wire.chat);
      const fault = faults.filter(({ onlyChats }) => isChat || !onlyChats)[times];
      if (fault === undefined) return false;
      broken.set(path, times + 1);
      fault.send(response, wire, server());
      return true;
    },
  };
}

interface Stage {
  scene: Scene;
  server: Switch;
  /** Runs the task; a server that went down listens again when a request is sent again. */
  run(this: void, onRequest?: () => void): Promise<void>;
}

/** Without checks, whose share of the time is the largest: the run ends as `unverified`. */
async function setStage(kind: Kind, replies: Replies, faults: readonly Fault[] = []): Promise<Stage> {
  let server: Switch | undefined;
  const find = (): Switch => {
    if (server === undefined) throw new Error('a request came before the server was there');
    return server;
  };
  const wire = kind === 'ollama' ? WIRE.ollama : WIRE.openai;
  const breaking = breakEach(faults, wire, find);
  const { override } = breaking;
  const isOllama = kind === 'ollama';
  const scene = await setScene({
    files: GREETING,
    tasks: RICH_TASK,
    replies,
    server: isOllama ? { override } : {},
  });
  if (isOllama) server = scene.server;
  else {
    const more = { override, ...(kind === 'llama-server' ? { loadedContext: 32_768 } : {}) };
    const started = await startKind(kind, replies, more);
    scene.repository.write('.nexus.yml', rolesOn(kind, started.url));
    server = started;
  }
  return {
    scene,
    server,
    async run(onRequest) {
      const onEvent = (event: EngineEvent): void => {
        if (event.type === 'request') {
          breaking.begin();
          onRequest?.();
        }
        // It listens already, or it does now.
        if (event.type === 'retrying')
          void find()
            .up()
            .catch(() => undefined);
      };
      await scene.run({ onEvent });
    },
  };
}

/** Trees and messages of a branch's commits, without what names the one run. */
function describeBranch({ repository }: Scene): string {
  const text = repository.git(['log', '--reverse', '--format=%T%n%B', 'main..nexus/greet']);
  return text.replaceAll(/^Nexus-Run: .*$/gm, 'Nexus-Run: …');
}

const undisturbed = new Map<Kind, Promise<string>>();

async function runUndisturbed(kind: Kind): Promise<string> {
  const asked: string[] = [];
  const answer = scripted(SCRIPT);
  const { scene, run } = await setStage(kind, (chat, index) => {
    asked.push(readQuestion(chat).kind);
    return answer(chat, index);
  });
  await run();
  expect(asked).toEqual(QUESTIONS);
  expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'step-2', 'documents']);
  return describeBranch(scene);
}

async function expectSameBranch(kind: Kind, scene: Scene): Promise<void> {
  const expected = undisturbed.get(kind) ?? runUndisturbed(kind);
  undisturbed.set(kind, expected);
  expect(describeBranch(scene)).toBe(await expected);
}

/** The second OpenAI-compatible kind is asked the same in other words, before the answer: that much is held for it, too. */
const CASES = [
  { kind: 'ollama', rows: ROWS },
  { kind: 'lm-studio', rows: ROWS },
  { kind: 'llama-server', rows: ROWS.slice(1, 2) },
] as const satisfies { kind: Kind; rows: typeof ROWS }[];

it('has a row for every fault', () => {
  expect(ROWS.flatMap(({ faults }) => faults).toSorted()).toEqual(Object.keys(FAULTS).toSorted());
});

describe.each(CASES)('$kind, where every request fails', ({ kind, rows }) => {
  it.each(rows.map(({ faults }) => ({ faults, title: faults.join(', ') })))(
    'once by: $title',
    async ({ faults }) => {
      const { scene, run } = await setStage(
        kind,
        scripted(SCRIPT),
        faults.map((name) => FAULTS[name]),
      );
      await run();
      expect(scene.told('retrying').length).toBeGreaterThanOrEqual(faults.length * QUESTIONS.length);
      expect(await scene.state('greet')).toMatchObject({ reason: 'unverified' });
      await expectSameBranch(kind, scene);
    },
  );

  it('since nothing listens at first', async () => {
    const { scene, server, run } = await setStage(kind, scripted(SCRIPT));
    await run(() => server.down());
    expect(scene.told('retrying').map(({ because }) => because)).toEqual(
      QUESTIONS.map(() => expect.stringContaining('does not answer: ECONNREFUSED')),
    );
    await expectSameBranch(kind, scene);
  });
});

describe('bad replies', () => {
  /** What small models answer instead; each is refused, and asked for again with feedback. */
  const BAD: Readonly<Record<string, readonly string[]>> = {
    plan: ['', 'Sure! Here is the plan: first, say hello.', '{"answer":"plan","steps":['],
    step: ['', 'I would rather not.', 'src/other.mjs\n```\n'],
  };

  it.each([0, 1, 2])('number %i to every question that has attempts changes no code', async (number) => {
    const answer = scripted(SCRIPT);
    const refused: string[] = [];
    const { scene, run } = await setStage('ollama', (chat, index) => {
      const { kind, attempt } = readQuestion(chat);
      const bad = BAD[kind]?.[number];
      const prompt = JSON.stringify(chat.messages);
      if (bad === undefined || attempt > 1 || refused.includes(prompt)) return answer(chat, index);
      refused.push(prompt);
      return bad;
    });
    await run();
    expect(refused).toHaveLength(3);
    undisturbed.set('ollama', undisturbed.get('ollama') ?? runUndisturbed('ollama'));
    const commits = (text: string | undefined): string[] => (text ?? '').split(/^(?=[0-9a-f]{40}$)/m);
    const expected = commits(await undisturbed.get('ollama'));
    expect(expected).toHaveLength(4);
    // All but the documents, which say how many replies were not applied.
    expect(commits(describeBranch(scene)).slice(0, -1)).toEqual(expected.slice(0, -1));
    expect(scene.show('nexus/greet', 'docs/nexus/greet.md')).toContain('Replies that were not applied: 3.');
    expect(scene.show('nexus/greet', 'guide.md')).toBe(GUIDE_HELLO.trimEnd());
  });
});
