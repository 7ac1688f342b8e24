import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineEvent, EventError, WaitingTask } from '../../src/engine/events.js';
import { renderView } from '../../src/report/live-view.js';
import { follow, NOTHING_YET, type Overview } from '../../src/report/overview.js';
import { createStyle } from '../../src/report/style.js';
import { loadUnicodeMeasure } from '../../src/report/text-width.js';
import { ended, plan, progress, request, started } from './events.js';

const measure = await loadUnicodeMeasure();
const NOON = new Date(2026, 0, 2, 12, 0).getTime();
const at = (ms: number) => ({ now: 1000 + ms, wall: NOON + ms });

const after = (...events: EngineEvent[]): Overview =>
  events.reduce((overview, event) => follow(overview, event, at(0)), NOTHING_YET);

const view = (overview: Overview, size: { columns?: number; rows?: number; ms?: number } = {}): string[] => {
  const { columns = 100, rows = 40, ms = 0 } = size;
  const text = renderView(overview, at(ms), { columns, rows, style: createStyle(false), measure });
  return text === '' ? [] : text.split('\n');
};

const queue = (ready: string[], waiting: WaitingTask[] = []): EngineEvent => ({
  type: 'queue',
  ready,
  waiting,
});
const waits = (task: string, state: WaitingTask['state'] = 'waiting'): WaitingTask => ({
  task,
  because: `${task} has its reason`,
  state,
});
const idle = (tasks: number, waiting: WaitingTask[] = []): EngineEvent => ({ type: 'idle', tasks, waiting });
const startedAs = (task: string): EngineEvent => ({ ...started, task });
const endedAs = (task: string): EngineEvent => ({ ...ended(), task });
const error = (over: Partial<EventError> = {}): EventError => ({
  code: 'tasks-invalid',
  message: "tasks.yml has a mistake:\n  tasks.yml:3:5 There is no key 'titel' here.",
  remedy: 'Correct it.',
  exitCode: 3,
  ...over,
});
const NONE = { added: [], changed: [], removed: [] };

describe('what is worked on', () => {
  const working = after(queue(['add-login', 'b']), started, plan, { ...request, expectedMs: 60_000 });

  it('is first: which of how many, step, what it waits for, for how long, what is left', () => {
    expect(view(follow(working, progress, at(0)), { ms: 4000 })).toEqual([
      '[1/2] add-login: coding step 2/3',
      '  writing, 20 tokens, 18.2 tokens/s · 4 s · about 56 s left',
      '  next   b',
    ]);
  });

  it('counts on as tasks end, join, and come again', () => {
    const second = follow(follow(working, ended(), at(0)), startedAs('b'), at(0));
    expect(view(second)[0]).toBe('[2/2] b: starting');
    expect(view(follow(second, queue(['b', 'c']), at(0)))[0]).toBe('[2/3] b: starting');
    // Its server was away; it is tried again.
    expect(view(follow(second, queue(['add-login', 'b']), at(0)))[0]).toBe('[1/2] b: starting');
  });

  it('stays when another task, which was waiting for its turn, is cancelled', () => {
    const both = after(queue(['b', 'add-login']), startedAs('b'), started, request);
    const lines = view(follow(both, endedAs('b'), at(0)));
    expect(lines[0]).toBe('[2/2] add-login: coding step 2');
    expect(lines.join('\n')).not.toContain('next');
  });

  it('is known to somebody who began to follow in the middle', () => {
    const lines = view(after(progress), { ms: 1000 });
    expect(lines).toEqual(['add-login: at work', '  writing, 20 tokens, 18.2 tokens/s · 5 s']);
  });
});

describe('what comes next', () => {
  const ids = Array.from({ length: 12 }, (_, index) => `t${index}`);

  it('is one line for each task, capped', () => {
    const lines = view(after(queue(ids), startedAs('t0')));
    expect(lines.slice(2)).toEqual([
      '  next   t1',
      ...['t2', 't3', 't4', 't5'].map((id) => `         ${id}`),
      '         and 6 more',
    ]);
  });

  it('says which have been begun, when the models are loaded in turns', () => {
    const lines = view(after(queue(['a', 'b', 'c']), startedAs('a'), startedAs('b')));
    expect(lines.slice(2)).toEqual(['  next   a  begun', '         c']);
  });

  it('has what another process handed over before what is left', () => {
    const taken: EngineEvent = { type: 'request-taken', request: 'x', tasks: ['z'] };
    const done: EngineEvent = {
      type: 'request-done',
      request: 'x',
      summary: { review: 1, needsAttention: 0, waiting: 0 },
      error: undefined,
    };
    const handed = after(queue(['a', 'b'], [waits('w')]), taken, queue(['z']), startedAs('z'));
    expect(view(handed).slice(2)).toEqual([
      '  next   a',
      '         b',
      '  waits  w             w has its reason',
    ]);
    const back = [endedAs('z'), done, queue(['b'])].reduce((all, event) => follow(all, event, at(0)), handed);
    expect(view(back).join('\n')).not.toMatch(/next {3}a/u);
  });

  it('loses what is taken out of the file, with what waits and what came of it', () => {
    const before = after(queue(['a', 'b'], [waits('w')]), startedAs('c'), endedAs('c'), startedAs('a'));
    expect(view(before).join('\n')).toMatch(/next +b\n +waits +w .*\n +done +c /u);
    const settled: EngineEvent = { type: 'settled', file: 'tasks.yml', ...NONE, removed: ['b', 'w', 'c'] };
    expect(view(follow(before, settled, at(0)))).toHaveLength(2);
  });
});

describe('what became of the last tasks', () => {
  it('is their outcome, the next command and the time, newest first, five at most', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const all = after(...ids.flatMap((id) => [startedAs(id), endedAs(id)]), idle(6));
    expect(view(all)).toEqual([
      'watching tasks.yml (6 tasks), nothing to do since 12:00',
      '  done   f             ready for review  nexus review f  12:00',
      ...['e', 'd', 'c', 'b'].map(
        (id) => `         ${id}             ready for review  nexus review ${id}  12:00`,
      ),
    ]);
  });

  it('says what needs attention and what waits for approval, with the day where it is another', () => {
    const planned: EngineEvent = { type: 'plan-waits', task: 'p', branch: 'nexus/p' };
    const all = after(started, ended('question'), startedAs('p'), planned);
    expect(view(all, { ms: 86_400_000, columns: 110 })).toEqual([
      '  done   p             its plan waits for you  nexus plan p  2026-01-02 12:00',
      '         add-login     needs attention, the Overseer asks  edit add-login in tasks.yml  2026-01-02 12:00',
    ]);
  });

  it('forgets a task that begins again, or whose text changed', () => {
    const done = after(startedAs('a'), endedAs('a'));
    expect(view(follow(done, startedAs('a'), at(0))).join('\n')).not.toContain('done');
    const changed: EngineEvent = { type: 'settled', file: 'tasks.yml', ...NONE, changed: ['a'] };
    expect(view(follow(done, changed, at(0)))).toEqual([]);
  });

  it('asks nobody to review what was accepted or rejected since', () => {
    const done = after(startedAs('a'), endedAs('a'), startedAs('b'), endedAs('b'));
    const lines = view(follow(done, idle(2, [waits('a', 'accepted'), waits('b', 'rejected')]), at(0)));
    expect(lines.slice(1)).toEqual([
      '  done   b             rejected  12:00',
      '         a             accepted  12:00',
    ]);
  });

  it('leaves out a task that was stopped and goes on later', () => {
    const paused: EngineEvent = { type: 'task-paused', task: 'a', because: 'it is a draft' };
    expect(view(after(queue(['a']), startedAs('a'), paused))).toEqual([]);
  });
});

describe('a watch that has nothing to do', () => {
  it('says since when, what waits and why, and how much waits for the person', () => {
    const waiting = [waits('a', 'review'), waits('b', 'needs-attention'), waits('c'), waits('d', 'accepted')];
    const first = after(idle(4, waiting));
    const later = follow(first, idle(4, waiting), at(60_000));
    expect(view(later, { ms: 60_000 })).toEqual([
      'watching tasks.yml (4 tasks), nothing to do since 12:00',
      '  waits  c             c has its reason',
      '  more   1 to review, 1 needs attention  nexus status',
    ]);
  });

  it('counts down while a file settles, and says when somebody writes on', () => {
    const settling: EngineEvent = { type: 'settling', file: 'tasks.yml', inMs: 3000 };
    const all = after(idle(1), settling);
    expect(view(all, { ms: 1200 })[1]).toBe('tasks.yml changed; taken up in 2 s unless it changes again');
    expect(view(all, { ms: 3000 })[1]).toBe(
      'tasks.yml goes on changing; taken up once it stays as it is for 3 s',
    );
    for (const type of ['settled', 'unchanged'] as const) {
      expect(view(follow(all, { type, file: 'tasks.yml', ...NONE }, at(0)))).toHaveLength(1);
    }
  });

  it('shows what is wrong with a file until that is right', () => {
    const problem: EngineEvent = { type: 'file-problem', file: 'tasks.yml', error: error() };
    const all = after(idle(1), { type: 'settling', file: 'tasks.yml', inMs: 3000 }, problem);
    expect(view(all, { columns: 120 }).slice(1)).toEqual([
      "tasks.yml has a mistake: tasks.yml:3:5 There is no key 'titel' here. (what tasks.yml said before counts)",
    ]);
    expect(view(follow(all, { type: 'unchanged', file: 'tasks.yml' }, at(0)))).toHaveLength(2);
    expect(view(follow(all, { type: 'settled', file: 'tasks.yml', ...NONE }, at(0)))).toHaveLength(1);
  });

  it('says that it does nothing before the person agrees', () => {
    const unapproved = error({
      code: 'not-approved',
      message: 'You have …:\n  x',
      remedy: 'Agree: nexus trust',
    });
    expect(view(after({ type: 'file-problem', file: '.nexus.yml', error: unapproved }, idle(0)))).toEqual([
      'watching tasks.yml, nothing is done before you agree',
      'Agree: nexus trust',
    ]);
  });

  it('says that it does nothing before what is in the way of all work is right', () => {
    const noBase = error({ code: 'unknown-base', message: 'There is no branch called "x".' });
    expect(view(after({ type: 'file-problem', file: '.nexus.yml', error: noBase }, idle(0)))).toEqual([
      'watching tasks.yml, nothing is done before that is right',
      'There is no branch called "x". (nothing is done before that is right)',
    ]);
  });

  it('says since when the server is away, and that it stops', () => {
    const away: EngineEvent = { type: 'server-away', error: error({ message: 'Nobody answers.' }) };
    const all = after(idle(1), away, { type: 'stopping', because: 'Told to stop.' });
    expect(view(all)).toEqual([
      'waiting for the model server since 12:00',
      '  Nobody answers.',
      'Told to stop.',
    ]);
    expect(view(follow(all, { type: 'server-back', awayMs: 5 }, at(0)))[0]).toMatch(/^watching/u);
  });
});

describe('on any terminal', () => {
  const ids = Array.from({ length: 12 }, (_, index) => `task-${index}`);
  const busy = after(
    startedAs('x'),
    endedAs('x'),
    queue(
      ids,
      ids.map((id) => waits(`w-${id}`)),
    ),
    startedAs('task-0'),
    { ...request, task: 'task-0' },
    { ...progress, task: 'task-0' },
    { type: 'file-problem', file: 'tasks.yml', error: error() },
    { type: 'settling', file: '.nexus.yml', inMs: 3000 },
  );

  it('leaves half of it to the lines above', () => {
    expect(view(busy, { rows: 24 })).toHaveLength(12);
    expect(view(busy, { rows: 13 })).toHaveLength(6);
  });

  it('gives each kind a line before any gets two', () => {
    expect(view(busy, { rows: 14 }).slice(4)).toEqual([
      '  next   task-1 and 10 more  ',
      '  waits  w-task-0 and 11 more  w-task-0 has its reason',
      '  done   x             ready for review  nexus review x  12:00',
    ]);
  });

  it('keeps to what is most important on very low ones', () => {
    expect(view(busy, { rows: 4 })).toEqual([
      '[2/13] task-0: coding step 2',
      '.nexus.yml changed; taken up in 3 s unless it changes again',
      expect.stringMatching(/^tasks\.yml has a mistake/u),
    ]);
    expect(view(busy, { rows: 2 })).toEqual([
      '[2/13] task-0: coding step 2 .nexus.yml changed; taken up in 3 s unless it changes again',
    ]);
    expect(view(after(startedAs('a')), { rows: 2, ms: 2000 })).toEqual(['a: starting   2 s']);
    for (const rows of [0, 1]) expect(view(busy, { rows })).toEqual([]);
  });

  it('never has more lines or columns than there are, nor a control character, whatever the texts say', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'grapheme' }));
    const hostile = fc
      .record({ id: text, why: text, doing: text })
      .map(({ id, why, doing }): EngineEvent[] => [
        startedAs(`old${id}`),
        { ...ended('question'), task: `old${id}` },
        queue([id, `${id}2`], [{ task: `w${id}`, because: why, state: 'waiting' }]),
        startedAs(id),
        { type: 'stage', task: id, stage: 'checking', detail: doing },
        { type: 'retrying', task: id, because: why, inMs: 100 },
        {
          type: 'file-problem',
          file: id,
          error: error({ message: why, remedy: doing, code: 'not-approved' }),
        },
        { type: 'file-problem', file: doing, error: error({ message: why }) },
        { type: 'settling', file: why, inMs: 10 },
        { type: 'stopping', because: doing },
      ]);
    fc.assert(
      fc.property(
        hostile,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 30 }),
        (events, columns, rows) => {
          const lines = view(after(...events), { columns, rows });
          expect(lines.length).toBeLessThan(Math.max(rows, 1));
          for (const line of lines) {
            expect(measure(line)).toBeLessThanOrEqual(Math.max(0, columns - 1));
            expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202A-\u202E]/u);
          }
        },
      ),
    );
  });
});

it('is coloured only where colours are wanted', () => {
  const text = renderView(after(started), at(0), {
    columns: 80,
    rows: 24,
    style: createStyle(true),
    measure,
  });
  expect(text).toBe(
    `${createStyle(true).name('add-login: starting')}\n${createStyle(true).faint('  0.0 s')}`,
  );
});
