import { describe, expect, it } from 'vitest';
import type { EngineEvent, EventError, WaitingTask } from '../../src/engine/events.js';
import { describeEvent } from '../../src/report/describe-event.js';
import { createStyle } from '../../src/report/style.js';
import { leaveOutTold } from '../../src/report/waiting.js';

const style = createStyle(false);
/** Where no live block shows it, and beside one. */
const plain = (event: EngineEvent): string[] => describeEvent(event, style, true);
const beside = (event: EngineEvent): string[] => describeEvent(event, style, false);

const NONE = { added: [], changed: [], removed: [] };
const ZERO = { review: 0, needsAttention: 0, waiting: 0 };
const error = (over: Partial<EventError>): EventError => ({
  code: 'x',
  message: 'It went wrong.',
  remedy: undefined,
  exitCode: 3,
  ...over,
});
const waits = (task: string, state: WaitingTask['state'] = 'waiting'): WaitingTask => ({
  task,
  because: 'it has its reason',
  state,
});

describe('what others hand over', () => {
  it('is named, and told again only when it went wrong', () => {
    expect(plain({ type: 'request-taken', request: 'r', tasks: ['a', 'b'] })).toEqual(['handed over: a, b']);
    expect(plain({ type: 'request-taken', request: 'r', tasks: undefined })).toEqual([
      'handed over: all that is ready',
    ]);
    const done = { type: 'request-done', request: 'r', summary: ZERO } as const;
    expect(plain({ ...done, error: undefined })).toEqual([]);
    expect(plain({ ...done, error: error({ remedy: 'Do this' }) })).toEqual([
      "What was handed over can't be done. It went wrong. Do this.",
    ]);
  });
});

describe('a watched file', () => {
  it.each<[EngineEvent, string[], string[]]>([
    [
      { type: 'settling', file: 'tasks.yml', inMs: 3000 },
      ['tasks.yml changed; taken up once it stays as it is for 3 s'],
      [],
    ],
    [
      { type: 'settled', file: 'tasks.yml', added: ['a', 'b'], changed: ['c'], removed: ['d'] },
      ['tasks.yml: added a, b; changed c; removed d'],
      ['tasks.yml: added a, b; changed c; removed d'],
    ],
    [{ type: 'settled', file: '.nexus.yml', ...NONE }, ['.nexus.yml is taken up'], []],
    [{ type: 'unchanged', file: 'tasks.yml' }, ['tasks.yml says nothing new'], []],
  ])('%o', (event, inPlain, besideBlock) => {
    expect(plain(event)).toEqual(inPlain);
    expect(beside(event)).toEqual(besideBlock);
  });

  it('that is wrong is told with all its mistakes, and what counts until it is right', () => {
    const told = error({ code: 'tasks-invalid', message: 'tasks.yml has a mistake:\n  tasks.yml:3:5 What?' });
    const event: EngineEvent = {
      type: 'file-problem',
      file: 'tasks.yml',
      // That it can be run again is said of commands; a watch goes on.
      error: { ...told, remedy: 'Correct tasks.yml and run the command again.' },
    };
    const [text] = plain(event);
    expect(text).toBe(
      'tasks.yml has a mistake:\n  tasks.yml:3:5 What?\nUntil it is right, what tasks.yml said before counts.',
    );
    expect(beside(event)).toEqual([text]);
  });

  it('that is gone is told on one line, with what to do', () => {
    const gone = error({
      code: 'tasks-missing',
      message: 'There is no tasks.yml any more.',
      remedy: 'Put it back.',
    });
    expect(plain({ type: 'file-problem', file: 'tasks.yml', error: gone })).toEqual([
      'There is no tasks.yml any more. Put it back. Until it is right, what tasks.yml said before counts.',
    ]);
  });

  it('that is in the way of all work is told so', () => {
    const noBase = error({
      code: 'unknown-base',
      message: 'There is no branch called "x".',
      remedy: 'Look.',
    });
    expect(plain({ type: 'file-problem', file: '.nexus.yml', error: noBase })).toEqual([
      'There is no branch called "x". Look. Nothing is done before that.',
    ]);
  });

  it('that is not approved holds everything back: nothing that it said before counts', () => {
    const unapproved = error({
      code: 'not-approved',
      message: 'You have not agreed yet to what this checkout wants to use:\n  runs: npm test',
      remedy: 'Look at it and agree with: nexus trust',
    });
    expect(plain({ type: 'file-problem', file: '.nexus.yml', error: unapproved })).toEqual([
      'You have not agreed yet to what this checkout wants to use:\n  runs: npm test\n' +
        'Look at it and agree with: nexus trust.\nNothing is done before that.',
    ]);
  });
});

describe('a watch', () => {
  it('says once what it waits for; the block shows it otherwise', () => {
    const waiting = [waits('a'), waits('b', 'review'), waits('c', 'needs-attention'), waits('d', 'accepted')];
    expect(plain({ type: 'idle', tasks: 4, waiting })).toEqual([
      'a waits: it has its reason',
      'Nothing to do now; watching tasks.yml (4 tasks)',
    ]);
    expect(plain({ type: 'idle', tasks: 1, waiting: [] })).toEqual([
      'Nothing to do now; watching tasks.yml (1 task)',
    ]);
    expect(beside({ type: 'idle', tasks: 4, waiting })).toEqual([]);
  });

  it('says that the server is away, that it is back, and that it stops', () => {
    const away = error({ code: 'not-running', message: 'Nobody answers.', remedy: 'Run `ollama serve`' });
    expect(plain({ type: 'server-away', error: away })).toEqual([
      'Nobody answers. Run `ollama serve`. Nothing is done until the model server is back.',
    ]);
    expect(plain({ type: 'server-back', awayMs: 61_000 })).toEqual([
      'The model server is back after 1 min 01 s.',
    ]);
    // The command says so on stderr.
    expect(plain({ type: 'stopping', because: 'Told to.' })).toEqual([]);
    expect(plain({ type: 'task-paused', task: 'a', because: 'it is a draft' })).toEqual([
      'a: stopped: it is a draft',
    ]);
  });
});

describe('tasks that wait', () => {
  const queue = (waiting: WaitingTask[]): EngineEvent => ({ type: 'queue', ready: ['x'], waiting });

  it('are each told, but of many that are decided only the number', () => {
    const few = [waits('a', 'accepted'), waits('b', 'rejected'), waits('c')];
    expect(plain(queue(few))).toHaveLength(4);
    const many = ['a', 'b', 'c', 'd'].map((task) => waits(task, 'accepted'));
    expect(plain(queue([...many, waits('e', 'review')]))).toEqual([
      'e waits: it has its reason',
      '4 tasks accepted or rejected already',
      '1 task to do: x',
    ]);
  });

  it('are told again only when the reason is another', () => {
    const told = new Map<string, string>();
    const next = (event: EngineEvent) => plain(leaveOutTold(event, told));
    expect(next(queue([waits('a'), waits('b')]))).toHaveLength(3);
    expect(next(queue([waits('a'), { ...waits('b'), because: 'it is a draft' }]))).toEqual([
      'b waits: it is a draft',
      '1 task to do: x',
    ]);
    expect(next({ type: 'idle', tasks: 2, waiting: [waits('a')] })).toEqual([
      'Nothing to do now; watching tasks.yml (2 tasks)',
    ]);
    // It did not wait in between.
    expect(next(queue([waits('a'), { ...waits('b'), because: 'it is a draft' }]))).toHaveLength(2);
    const other: EngineEvent = { type: 'stopping', because: 'Told to.' };
    expect(leaveOutTold(other, told)).toBe(other);
  });
});
