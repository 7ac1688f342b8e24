import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.js';
import { chooseMode, createReporter, type ReportClock, type ReportMode } from '../../src/report/reporter.js';
import { checkEnded, committed, ended, plan, progress, reply, request, started } from './events.js';
import { createFakeTerminal } from './fake-terminal.js';
import { createScreen } from './screen.js';

/** A clock that the test moves; every `every` that was asked for ticks on the way. */
function createClock(): ReportClock & { pass(ms: number): void; ticking(): number } {
  let now = 1000;
  const timers = new Map<object, { every: number; next: number; tick: () => void }>();
  return {
    now: () => now,
    wall: () => Date.UTC(2026, 0, 2, 12) + now,
    every(ms, tick) {
      const key = {};
      timers.set(key, { every: ms, next: now + ms, tick });
      return () => timers.delete(key);
    },
    pass(ms) {
      const end = now + ms;
      for (;;) {
        const next = [...timers.values()].toSorted((a, b) => a.next - b.next)[0];
        if (next === undefined || next.next > end) break;
        now = next.next;
        next.next += next.every;
        next.tick();
      }
      now = end;
    },
    ticking: () => timers.size,
  };
}

async function setUp(mode: ReportMode, columns = 80) {
  const fake = createFakeTerminal({ tty: mode === 'live', columns, env: { TERM: 'xterm', NO_COLOR: '1' } });
  const screen = createScreen(columns);
  let seen = 0;
  const see = (): void => {
    const all = fake.stdout();
    screen.write(all.slice(seen));
    seen = all.length;
  };
  const clock = createClock();
  const reporter = await createReporter(mode, fake.terminal, clock);
  return {
    ...fake,
    clock,
    reporter,
    send: (...events: EngineEvent[]) => {
      for (const event of events) reporter.sink(event);
    },
    lines: () => fake.stdout().trimEnd().split('\n'),
    /** What a person sees, of what was written until now and at each size. */
    screen: () => {
      see();
      return screen.lines();
    },
    resize: (next: number, rows: number): void => {
      see();
      fake.resize(next, rows);
      screen.resize(next);
    },
  };
}

describe('plain', () => {
  it('tells a whole run, one line for each thing that happened', async () => {
    const { send, lines } = await setUp('plain');
    send(
      {
        type: 'queue',
        ready: ['add-login'],
        waiting: [{ task: 'add-logout', because: 'it is a draft', state: 'waiting' }],
      },
      { ...started, dirty: ['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts', 'f.ts'] },
      { type: 'stage', task: 'add-login', stage: 'planning' },
      plan,
      request,
      progress,
      { type: 'retrying', task: 'add-login', because: 'the connection broke.', inMs: 2000 },
      reply,
      {
        type: 'rejected',
        task: 'add-login',
        label: 'step-2',
        attempt: 1,
        rejections: [{ code: 'not-found', path: 'a.ts', message: 'the old lines are not in a.ts' }],
      },
      committed,
      { type: 'check-started', task: 'add-login', name: 'npm test', command: 'npm test', on: 'branch' },
      checkEnded(),
      {
        type: 'verdict',
        task: 'add-login',
        commit: 'x',
        verdict: { kind: 'failing', failing: ['npm test'] },
      },
      { type: 'dropped', task: 'add-login', label: 'documents', reason: 'the checks fail with it' },
      { type: 'notice', task: undefined, message: 'The server loads one model at a time.' },
      { type: 'notice', task: 'add-login', message: 'The document was kept short.' },
      ended('checks-fail'),
      { type: 'finished', review: 0, needsAttention: 1, waiting: 1, elapsedMs: 61_000 },
    );
    expect(lines()).toEqual([
      'add-logout waits: it is a draft',
      '1 task to do: add-login',
      'add-login: Add a login form (nexus/add-login, from a1b2c3d4)',
      'add-login: uncommitted and not part of the base: a.ts, b.ts, c.ts, d.ts, e.ts and 1 more',
      'add-login: plan: Adds the form and its test.',
      '  1. Add the form src/login.ts',
      '  2. Test it test/login.test.ts',
      '  3. Use it src/app.ts',
      '  Steps 1 and 2 were joined.',
      'add-login: coding step 2: asking qwen2.5-coder:7b',
      'add-login: the connection broke; again in 2 s',
      'add-login: answered after 45 s (prompt 1240 tokens, answer 210 tokens, 21.0 tokens/s)',
      'add-login: step 2, attempt 1: the old lines are not in a.ts',
      'add-login: committed step 2 as a1b2c3d4: Test it (1 file)',
      'add-login: running npm test',
      'add-login: check npm test failed with exit code 1 after 3 s',
      ...Array.from({ length: 8 }, (_, index) => `  | line ${index + 13}`),
      'add-login: verdict: checks fail: npm test',
      'add-login: dropped the documents commit: the checks fail with it',
      'The server loads one model at a time.',
      'add-login: The document was kept short.',
      'add-login: needs attention, checks fail: Which provider should it use?',
      '0 ready for review, 1 needs attention, 1 waiting (1 min 01 s)',
    ]);
  });

  it('says once in 15 s what goes on, and nothing while other lines come', async () => {
    const { send, clock, lines, reporter } = await setUp('plain');
    send(started, plan, { ...request, expectedMs: 60_000 });
    const before = lines().length;
    clock.pass(14_000);
    expect(lines()).toHaveLength(before);
    send({ ...progress, waitingFor: 'prompt', elapsedMs: 14_000 });
    clock.pass(31_000);
    expect(lines().slice(before)).toEqual([
      'add-login: coding step 2/3 · reading the prompt, about 1240 tokens · 15 s · about 45 s left',
      'add-login: coding step 2/3 · reading the prompt, about 1240 tokens · 30 s · about 30 s left',
      'add-login: coding step 2/3 · reading the prompt, about 1240 tokens · 45 s · about 15 s left',
    ]);
    reporter.close();
    clock.pass(60_000);
    expect(lines()).toHaveLength(before + 3);
    expect(clock.ticking()).toBe(0);
  });

  it('is silent when nothing is under way', async () => {
    const { clock, stdout } = await setUp('plain');
    clock.pass(60_000);
    expect(stdout()).toBe('');
  });

  it('does not let a model drive the terminal or forge a line of its own', async () => {
    const { send, stdout } = await setUp('plain');
    send({ ...plan, plan: { ...plan.plan, summary: 'nice\u001B]0;owned\u0007\u001B[2J\r plan\nx: ready' } });
    expect(stdout()).toContain('add-login: plan: nice plan\n    x: ready\n');
    expect(stdout()).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

describe('a watch', () => {
  const idle: EngineEvent = {
    type: 'idle',
    tasks: 2,
    waiting: [
      { task: 'add-login', because: 'it waits for your review', state: 'review' },
      { task: 'b', because: 'it is a draft', state: 'waiting' },
    ],
  };
  const settling: EngineEvent = { type: 'settling', file: 'tasks.yml', inMs: 3000 };
  const queue: EngineEvent = {
    type: 'queue',
    ready: ['b'],
    waiting: [{ task: 'add-login', because: 'it waits for your review', state: 'review' }],
  };
  const settled: EngineEvent = {
    type: 'settled',
    file: 'tasks.yml',
    added: [],
    changed: ['b'],
    removed: [],
  };

  it('is told in plain lines, each reason once, and silent while nothing happens', async () => {
    const { send, lines, clock } = await setUp('plain');
    send(started, ended(), idle);
    clock.pass(3_600_000);
    send(settling, settled, queue, { ...started, task: 'b' });
    clock.pass(16_000);
    expect(lines()).toEqual([
      'add-login: Add a login form (nexus/add-login, from a1b2c3d4)',
      'add-login: ready for review: nexus review add-login',
      'b waits: it is a draft',
      'Nothing to do now; watching tasks.yml (2 tasks)',
      'tasks.yml changed; taken up once it stays as it is for 3 s',
      'tasks.yml: changed b',
      '1 task to do: b',
      'b: Add a login form (nexus/add-login, from a1b2c3d4)',
      'b: starting · 15 s',
    ]);
  });

  it('is live in the block, with what happened above it', async () => {
    const { send, clock, screen } = await setUp('live');
    send(started, ended(), idle);
    const time = /\d\d:\d\d/gu;
    const shown = (): string[] => screen().map((line) => line.replaceAll(time, 'TIME'));
    expect(shown()).toEqual([
      'add-login: Add a login form (nexus/add-login, from a1b2c3d4)',
      'add-login: ready for review: nexus review add-login',
      'watching tasks.yml (2 tasks), nothing to do since TIME',
      '  waits  b             it is a draft',
      '  done   add-login     ready for review  nexus review add-login  TIME',
    ]);
    send(settling);
    clock.pass(1000);
    expect(shown()[3]).toBe('tasks.yml changed; taken up in 2 s unless it changes again');
    send(settled, queue, { ...started, task: 'b' });
    clock.pass(1000);
    expect(shown().slice(2)).toEqual([
      'tasks.yml: changed b',
      '1 task to do: b',
      'b: Add a login form (nexus/add-login, from a1b2c3d4)',
      'b: starting',
      '  1 s',
      '  done   add-login     ready for review  nexus review add-login  TIME',
    ]);
  });

  it('writes nothing to the terminal while nothing changes', async () => {
    const { send, clock, stdout } = await setUp('live');
    send(idle);
    const before = stdout().length;
    clock.pass(3_600_000);
    expect(stdout()).toHaveLength(before);
  });

  it('fits itself to the window at the next beat', async () => {
    const { send, clock, resize, screen } = await setUp('live', 60);
    send(idle);
    resize(30, 3);
    clock.pass(200);
    expect(screen()).toEqual(['watching tasks.yml (2 tasks)…', '  waits  b             it is…']);
    resize(60, 24);
    clock.pass(200);
    expect(screen()[1]).toBe('  waits  b             it is a draft');
  });
});

describe('ndjson', () => {
  it('is each event as it is, one to a line', async () => {
    const { send, lines, reporter } = await setUp('ndjson');
    const events = [
      started,
      plan,
      progress,
      checkEnded({ output: 'a\nb\u001B[2J\u009B' }),
      ended('question'),
    ];
    send(...events);
    reporter.close();
    expect(lines().map((line) => JSON.parse(line) as unknown)).toEqual(
      events.map((event) => JSON.parse(JSON.stringify(event)) as unknown),
    );
    expect(lines().join('')).not.toMatch(/\p{Cc}/u);
  });
});

describe('live', () => {
  it('draws what goes on in place and lets results scroll above it', async () => {
    const { send, clock, stdout, reporter } = await setUp('live');
    send({ type: 'queue', ready: ['add-login', 'b'], waiting: [] }, started, plan, request);
    expect(stdout()).toContain('[1/2] add-login: coding step 2/3\n');
    send(progress);
    clock.pass(4000);
    expect(stdout()).toContain(
      '[1/2] add-login: coding step 2/3\n  writing, 20 tokens, 18.2 tokens/s · 4 s\n',
    );
    send(reply, committed);
    expect(stdout()).toContain('add-login: committed step 2 as a1b2c3d4: Test it (1 file)\n');
    // What passes is in the block, not above it.
    expect(stdout()).not.toContain('answered after');
    send(ended());
    expect(stdout()).toContain('add-login: ready for review: nexus review add-login\n');
    reporter.close();
    expect(clock.ticking()).toBe(0);
  });

  it('keeps each line of the block shorter than a narrow terminal', async () => {
    const { send, clock, stdout } = await setUp('live', 20);
    send(started, plan, request, progress);
    const before = stdout().length;
    clock.pass(200);
    const drawn = stdout()
      .slice(before)
      .replaceAll(/\p{Cc}\[[0-9]*[A-Z]/gu, '');
    expect(drawn).toContain('add-login: coding…');
    for (const line of drawn.split('\n')) expect(line.length).toBeLessThan(20);
  });
});

it('the mode is what --json says, else what stdout is', () => {
  expect(chooseMode(true, createFakeTerminal({ tty: true }).terminal)).toBe('ndjson');
  expect(chooseMode(false, createFakeTerminal({ tty: true }).terminal)).toBe('live');
  expect(chooseMode(false, createFakeTerminal().terminal)).toBe('plain');
});

it('uses the time of the machine when no other is given', async () => {
  const { terminal, stdout } = createFakeTerminal({ tty: true });
  const reporter = await createReporter('live', terminal);
  reporter.sink(started);
  reporter.close();
  expect(stdout()).toContain('add-login: starting');
});
