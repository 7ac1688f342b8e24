import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRunStore, type RunStore } from '../../src/journal/run-store.js';
import { endedEntry, makeStart, stamp, TIP } from './make.js';

let common: string;
let store: RunStore;
const TASK = 'add-login';

beforeEach(() => {
  common = mkdtempSync(join(tmpdir(), 'nexus-test-'));
  writeFileSync(join(common, 'HEAD'), 'ref: refs/heads/main\n');
  store = openRunStore(common);
});
afterEach(() => rmSync(common, { recursive: true, force: true }));

const fileOf = (run = '0001-abcdef'): string => join(common, 'nexus/runs', TASK, run, 'journal.jsonl');

describe('what a kill leaves', () => {
  const runs = () => readdirSync(join(common, 'nexus/runs', TASK)).toSorted();
  const draftsOf = (run: string) =>
    ['journal.jsonl.123456789', 'exchanges/001.json.98765'].map((name) =>
      join(common, 'nexus/runs', TASK, run, name),
    );
  const killWriting = (run: string) => {
    mkdirSync(join(common, 'nexus/runs', TASK, run, 'exchanges'), { recursive: true });
    for (const draft of draftsOf(run)) writeFileSync(draft, '{"ty');
  };

  it('is removed when the run goes on', async () => {
    await store.create(makeStart());
    killWriting('0001-abcdef');
    writeFileSync(join(common, 'nexus/runs', TASK, '0001-abcdef', 'exchanges', '001.json'), '{}');
    await store.reopen(TASK);
    expect(draftsOf('0001-abcdef').map((draft) => existsSync(draft))).toEqual([false, false]);
    expect(
      readdirSync(join(common, 'nexus/runs', TASK, '0001-abcdef'), {
        recursive: true,
        encoding: 'utf8',
      }).toSorted(),
    ).toEqual(['exchanges', join('exchanges', '001.json'), 'journal.jsonl']);
  });

  it('is removed when another run begins, but no replies of a run without a journal', async () => {
    killWriting('0001-aaaaaa');
    killWriting('0002-bbbbbb');
    writeFileSync(join(common, 'nexus/runs', TASK, '0002-bbbbbb', 'exchanges', '001.json'), '{}');
    await store.create(makeStart({ run: '0003-cccccc' }));
    expect(runs()).toEqual(['0002-bbbbbb', '0003-cccccc']);
  });
});

describe('a journal', () => {
  it('comes back as it was written', async () => {
    const journal = await store.create(makeStart());
    await journal.append({ type: 'stage', stage: 'coding' });
    await journal.append(endedEntry({ kind: 'review' }, TIP));
    const stored = await store.latest(TASK);
    expect(stored).toEqual({ record: journal.record, problem: undefined });
    expect(stored.record?.progress).toEqual({ kind: 'ended', outcome: { kind: 'review' }, tip: TIP });
  });

  it('is one line of JSON per entry, each with format and time', async () => {
    const journal = await store.create(makeStart());
    await journal.append({ type: 'notice', message: 'two\nlines' });
    const lines = readFileSync(fileOf(), 'utf8').split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ v: 1, type: 'notice', message: 'two\nlines' });
    expect(JSON.parse(lines[1] ?? '')).toHaveProperty('at', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/));
  });

  it('keeps the order of appends that were not waited for, however long they are', async () => {
    const journal = await store.create(makeStart());
    const messages = Array.from({ length: 40 }, (_, i) => `${i} ${'x'.repeat(i % 2 === 0 ? 600_000 : 1)}`);
    await Promise.all(messages.map((message) => journal.append({ type: 'notice', message })));
    expect(journal.record.notices).toEqual(messages);
    expect((await store.latest(TASK)).record?.notices).toEqual(messages);
  });

  it('can be written on after an append that failed', async () => {
    const journal = await store.create(makeStart());
    rmSync(join(common, 'nexus'), { recursive: true });
    const lost = journal.append({ type: 'notice', message: 'lost' });
    await expect(lost).rejects.toMatchObject({ code: 'journal-gone' });
    // It would be one without its beginning.
    expect(existsSync(join(common, 'nexus'))).toBe(false);
    expect(journal.record.notices).toEqual([]);
    mkdirSync(join(fileOf(), '..'), { recursive: true });
    writeFileSync(fileOf(), `${JSON.stringify(stamp(makeStart())[0])}\n{"v":1,"ty`);
    await journal.append({ type: 'notice', message: 'kept' });
    expect(await store.latest(TASK)).toMatchObject({ record: { notices: ['kept'] }, problem: undefined });
  });
});

describe('a journal that a crash cut off', () => {
  it('is read without its last line', async () => {
    const journal = await store.create(makeStart());
    await journal.append({ type: 'notice', message: 'whole' });
    appendFileSync(fileOf(), '{"v":1,"at":"2026","type":"notice","mess');
    expect((await store.latest(TASK)).record?.notices).toEqual(['whole']);
  });

  it('is continued behind its last whole line', async () => {
    await store.create(makeStart());
    appendFileSync(fileOf(), '{"v":1,"type":"notice","message":"na\u00ef');
    const journal = await store.reopen(TASK);
    await journal?.append({ type: 'notice', message: 'after' });
    expect(await store.latest(TASK)).toMatchObject({ record: { notices: ['after'] }, problem: undefined });
  });

  it('is continued behind the zeros that a power cut leaves', async () => {
    await store.create(makeStart());
    appendFileSync(fileOf(), Buffer.alloc(500));
    const journal = await store.reopen(TASK);
    await journal?.append({ type: 'notice', message: 'after' });
    expect(readFileSync(fileOf(), 'utf8')).not.toContain('\0');
    expect((await store.latest(TASK)).record?.notices).toEqual(['after']);
  });
});

describe('a damaged journal', () => {
  const start = JSON.stringify(stamp(makeStart())[0]);
  it.each([
    ['no JSON in the middle', `${start}\nnot json\n${start}\n`, 'line 2 of its journal is damaged'],
    ['no object', `${start}\n3\n`, 'line 2 of its journal is damaged'],
    ['no time', `${start}\n{"v":1,"type":"plan-approved"}\n`, 'line 2 of its journal is damaged'],
    ['no kind', `${start}\n{"v":1,"at":"x"}\n`, 'line 2 of its journal is damaged'],
    ['an unknown kind', `${start}\n{"v":1,"at":"x","type":"toString"}\n`, 'line 2 of its journal is damaged'],
    ['a field is missing', `${start}\n{"v":1,"at":"x","type":"committed","oid":"a"}\n`, 'line 2 of'],
    ['a newer format', `${start}\n{"v":2,"whatever":true}\n`, 'written by a newer Nexus (format 2)'],
    ['no start', '{"v":1,"at":"x","type":"plan-approved"}\n', 'does not begin with the start of a run'],
    ['nothing', '', 'does not begin with the start of a run'],
  ])('is a problem, never a guess: %s', async (_, text, problem) => {
    await store.create(makeStart());
    writeFileSync(fileOf(), text);
    const stored = await store.latest(TASK);
    expect(stored.record).toBeUndefined();
    expect(stored.problem).toContain(problem);
    await expect(store.reopen(TASK)).rejects.toMatchObject({
      code: 'journal-unreadable',
      remedy: expect.stringContaining('nexus run'),
    });
    expect(readFileSync(fileOf(), 'utf8')).toBe(text);
    // Set aside it counts as deleted, and its number as used.
    const aside = join(common, 'nexus/runs', TASK, 'set-aside-0001-abcdef');
    expect(await store.setAside(TASK)).toEqual({ folder: aside, problem: expect.stringContaining(problem) });
    expect(readFileSync(join(aside, 'journal.jsonl'), 'utf8')).toBe(text);
    expect(await store.latest(TASK)).toEqual({ record: undefined, problem: undefined });
    expect(await store.setAside(TASK)).toBeUndefined();
    expect(await store.nextRunId(TASK)).toMatch(/^0002-/);
  });
});

describe('the runs of a task', () => {
  it('are none at first', async () => {
    expect(await store.latest(TASK)).toEqual({ record: undefined, problem: undefined });
    expect(await store.reopen(TASK)).toBeUndefined();
    expect(await store.latestOfAll()).toEqual(new Map());
    expect(await store.nextRunId(TASK)).toMatch(/^0001-[0-9a-f]{6}$/);
  });

  it('are numbered, and the highest number is the newest', async () => {
    for (const run of ['0002-ffffff', '9999-000000', '10000-aaaaaa', '10000-bbbbbb']) {
      await store.create(makeStart({ run }));
    }
    expect((await store.latest(TASK)).record?.started.run).toBe('10000-bbbbbb');
    expect(await store.nextRunId(TASK)).toMatch(/^10001-[0-9a-f]{6}$/);
  });

  it('do not count a run that a crash ended before its first entry, nor strange folders', async () => {
    await store.create(makeStart());
    mkdirSync(join(common, 'nexus/runs', TASK, '0002-aaaaaa/exchanges'), { recursive: true });
    mkdirSync(join(common, 'nexus/runs', TASK, 'zzz'));
    writeFileSync(join(common, 'nexus/runs', TASK, '0009-aaaaaa'), 'a file');
    expect((await store.latest(TASK)).record?.started.run).toBe('0001-abcdef');
    expect(await store.nextRunId(TASK)).toMatch(/^0003-/);
  });

  it('older than one that was set aside do not count, and a rebuilt one of the same id does', async () => {
    await store.create(makeStart());
    await store.create(makeStart({ run: '0002-bbbbbb' }));
    writeFileSync(fileOf('0002-bbbbbb'), '');
    await store.setAside(TASK);
    expect((await store.latest(TASK)).record).toBeUndefined();
    await store.create(makeStart({ run: '0002-bbbbbb' }));
    expect((await store.latest(TASK)).record?.started.run).toBe('0002-bbbbbb');
    writeFileSync(fileOf('0002-bbbbbb'), '');
    expect((await store.setAside(TASK))?.folder).toMatch(/set-aside-0002-bbbbbb-2$/);
    expect(await store.nextRunId(TASK)).toMatch(/^0003-/);
    expect(await store.nextRunId(TASK, '0007-cccccc')).toMatch(/^0008-/);
  });

  it('are all told, older ones too, also those that can’t be read', async () => {
    await store.create(makeStart());
    await store.create(makeStart({ run: '0002-bbbbbb' }));
    const { task } = makeStart();
    await store.create(makeStart({ task: { ...task, id: 'aaa' } }));
    writeFileSync(fileOf('0002-bbbbbb'), 'nothing of ours\n');
    mkdirSync(join(common, 'nexus/runs', TASK, '0003-cccccc/journal.jsonl'), { recursive: true });
    mkdirSync(join(common, 'nexus/runs', TASK, '0004-dddddd'));
    mkdirSync(join(common, 'nexus/runs', TASK, 'set-aside-0000-eeeeee'));
    const all = await store.allRuns();
    expect(all.map((kept) => [kept.task, kept.run, kept.record?.started.run, kept.problem])).toEqual([
      ['aaa', '0001-abcdef', '0001-abcdef', undefined],
      [TASK, '0001-abcdef', '0001-abcdef', undefined],
      [TASK, '0002-bbbbbb', undefined, 'line 1 of its journal is damaged'],
      [TASK, '0003-cccccc', undefined, expect.stringContaining("its journal can't be read: EISDIR")],
    ]);
  });

  it('are listed for all tasks at once', async () => {
    await store.create(makeStart());
    const { task } = makeStart();
    await store.create(makeStart({ task: { ...task, id: 'other' } }));
    const all = await store.latestOfAll();
    expect([...all.keys()].sort()).toEqual(['add-login', 'other']);
    expect(all.get('other')?.record?.started.task.id).toBe('other');
  });

  it('tell of a folder that can’t be read', async () => {
    mkdirSync(join(common, 'nexus'));
    writeFileSync(join(common, 'nexus/runs'), 'in the way');
    await expect(store.latestOfAll()).rejects.toMatchObject({
      code: 'not-writable',
      message: expect.stringContaining('a file is where a folder should be'),
    });
    rmSync(join(common, 'nexus/runs'));
    mkdirSync(fileOf(), { recursive: true });
    await expect(store.latest(TASK)).rejects.toThrow('EISDIR');
  });
});

describe('kept exchanges', () => {
  const exchange = { messages: [], schema: undefined, options: { seed: 1 }, reply: 'tick ``` and \u0000' };

  it('come back verbatim', async () => {
    const journal = await store.create(makeStart());
    await journal.saveExchange(7, exchange);
    expect(await journal.readExchange(7)).toEqual(exchange);
    expect(await store.readExchange(TASK, '0001-abcdef', 7)).toEqual(exchange);
  });

  it.each([
    ['missing', undefined],
    ['cut', '{"messages":['],
    ['not ours', '{"messages":[]}'],
    ['no object', 'null'],
  ])('that are %s are an error with the file and a way on', async (_, text) => {
    const journal = await store.create(makeStart());
    const file = join(common, 'nexus/runs', TASK, '0001-abcdef/exchanges/003.json');
    if (text !== undefined) writeFileSync(file, text);
    await expect(journal.readExchange(3)).rejects.toMatchObject({
      code: 'exchange-unreadable',
      message: expect.stringContaining(file),
    });
  });
});
