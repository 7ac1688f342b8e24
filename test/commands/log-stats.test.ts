import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStyle } from '../../src/report/style.js';
import { renderStats } from '../../src/commands/log-stats.js';
import { sumFigures, type RoleFigures } from '../../src/commands/log-figures.js';
import type { ExchangeEntry } from '../../src/journal/entries.js';
import type { RunRecord } from '../../src/journal/run-record.js';
import type { Usage } from '../../src/models/port.js';
import { foldJournal } from '../../src/journal/run-record.js';
import { makeStart } from '../journal/make.js';
import type { ScriptedOllama } from '../support/scripted-ollama.js';
import { addRuns } from '../../src/commands/log-all-figures.js';
import { allStatsDocument, statsDocument } from './json-documents.js';
import { createProject, runNexus, startServer, type Project } from './run-nexus.js';
import { answering, SUM_PROJECT } from './sum-project.js';

const AT = '2026-01-01T00:00:00.000Z';

function usage(values: Partial<Usage> = {}): Usage {
  return {
    promptTokens: 100,
    reusedTokens: undefined,
    answerTokens: 10,
    loadMs: 20,
    promptMs: 200,
    answerMs: 300,
    totalMs: 600,
    ...values,
  };
}

const UNKNOWN = usage({
  promptTokens: undefined,
  answerTokens: undefined,
  loadMs: undefined,
  promptMs: undefined,
  answerMs: undefined,
});

function exchange(number: number, values: Partial<ExchangeEntry> = {}): ExchangeEntry {
  return {
    type: 'exchange',
    number,
    role: 'coder',
    model: 'c',
    purpose: 'code',
    step: 1,
    attempt: 1,
    key: 'k',
    ending: 'stop',
    estimatedTokens: 110,
    usage: usage(),
    retries: 0,
    ...values,
  };
}

/** What a run with these requests has cost; `prompts` are the words of each, in order. */
async function sum(
  exchanges: ExchangeEntry[],
  prompts: (string | undefined)[] = [],
  more: Partial<RunRecord> = {},
): Promise<{ roles: RoleFigures[]; only: RoleFigures; checking: unknown }> {
  const record = foldJournal([{ v: 1, at: AT, ...makeStart() }]);
  if (record === undefined) throw new Error('no record');
  const { roles, checkingMs } = await sumFigures({ ...record, exchanges, ...more }, async (number) => {
    const content = prompts[number - 1];
    return content === undefined ? undefined : [{ role: 'user', content }];
  });
  const [only] = roles;
  if (only === undefined) throw new Error('no role');
  return { roles, only, checking: checkingMs };
}

const known = (value: number, estimated = 0) => ({ known: value, unknown: 0, estimated });

describe('what a run has cost', () => {
  it('is added up for each role and model', async () => {
    const { roles } = await sum([
      exchange(1, { role: 'overseer', model: 'o', usage: usage({ loadMs: 2000, totalMs: 3000 }) }),
      exchange(2, { retries: 2 }),
      exchange(3),
      exchange(4, { role: 'overseer', model: 'other' }),
    ]);
    expect(roles.map(({ role, model, requests }) => [role, model, requests])).toEqual([
      ['overseer', 'o', 1],
      ['coder', 'c', 2],
      ['overseer', 'other', 1],
    ]);
    expect(roles[0]).toMatchObject({ loads: known(1), loadingMs: known(2000), waitingMs: known(500) });
    expect(roles[1]).toMatchObject({
      retries: known(2),
      estimatedTokens: 220,
      promptTokens: known(200),
      answerTokens: known(20),
      loads: known(0),
      loadingMs: known(40),
      waitingMs: known(160),
      readingMs: known(400),
      writingMs: known(600),
      cached: 0,
      savedMs: known(0),
    });
  });

  it('says of how many requests a figure is not known, and never takes it for 0', async () => {
    const { only } = await sum([exchange(1), exchange(2, { usage: UNKNOWN })]);
    expect(only.promptTokens).toEqual({ known: 100, unknown: 1, estimated: 0 });
    expect(only.waitingMs).toEqual({ known: 80, unknown: 1, estimated: 0 });
    const none = await sum([exchange(1, { usage: UNKNOWN })]);
    for (const name of ['promptTokens', 'readTokens', 'reusedTokens', 'loads', 'readingMs'] as const) {
      expect(none.only[name]).toEqual({ known: undefined, unknown: 1, estimated: 0 });
    }
    // An older version did not note it.
    const { retries: _, ...older } = exchange(1);
    expect((await sum([older])).only.retries.known).toBeUndefined();
  });

  it('counts a cached answer by itself', async () => {
    const now = usage({ ...UNKNOWN, totalMs: 1 });
    const { only } = await sum([exchange(1, { usage: now, cached: usage() }), exchange(2)]);
    expect(only).toMatchObject({
      requests: 1,
      cached: 1,
      savedMs: known(600),
      promptTokens: known(100),
      estimatedTokens: 110,
    });
  });

  it('counts each answer that could not be used once', async () => {
    const rejected = [1, 1, 7].map((number) => ({
      type: 'rejected' as const,
      exchange: number,
      label: 'step-1' as const,
      attempt: 1,
      rejections: [],
    }));
    expect((await sum([exchange(1), exchange(2)], [], { rejected })).only.unused).toBe(1);
  });

  it('adds up the checks', async () => {
    expect((await sum([exchange(1)], [], { checkTimes: [0, 120, 30] })).checking).toEqual(known(150));
    expect((await sum([exchange(1)], [], { checkTimes: [undefined, 30] })).checking).toEqual({
      known: 30,
      unknown: 1,
      estimated: 0,
    });
  });
});

describe('what was reused of the prompts', () => {
  const long = 'x'.repeat(1000);

  it('is what the server says', async () => {
    const told = usage({ reusedTokens: 60 });
    const { only } = await sum([exchange(1, { usage: told }), exchange(2, { usage: told })], [long, long]);
    expect(only.reusedTokens).toEqual(known(120));
    expect(only.readTokens).toEqual(known(80));
  });

  it('is else what a prompt has in common with the one before of the same model', async () => {
    const loaded = usage({ loadMs: 2000 });
    const { only } = await sum(
      [
        exchange(1, { usage: loaded }),
        exchange(2, { role: 'overseer', model: 'o' }),
        exchange(3),
        exchange(4, { usage: loaded }),
      ],
      [long, 'something else', `${long}${'y'.repeat(1000)}`, long],
    );
    // Nothing of the first, half of the second, nothing of the third: the model was loaded anew.
    expect(only.reusedTokens).toEqual(known(50, 3));
    expect(only.readTokens).toEqual(known(250, 3));
  });

  it('is nothing of the first request after a load, also one that was begun ahead', async () => {
    const { only } = await sum([exchange(1, { loadedAheadMs: 2000 })], ['one']);
    expect(only).toMatchObject({ loads: known(1), reusedTokens: known(0, 1), readTokens: known(100, 1) });
  });

  it('is not known of a first request to a model that was there, nor where a prompt is lost', async () => {
    const { only } = await sum(
      [exchange(1), exchange(2), exchange(3), exchange(4)],
      [long, long, undefined, long],
    );
    expect(only.reusedTokens).toEqual({ known: 100, unknown: 3, estimated: 1 });
  });

  it('takes no notice of cached answers, whose prompts the server has not seen', async () => {
    const { only } = await sum(
      [
        exchange(1, { usage: usage({ loadMs: 2000 }) }),
        exchange(2, { usage: UNKNOWN, cached: usage() }),
        exchange(3),
      ],
      [long, 'other', long],
    );
    expect(only.reusedTokens).toEqual(known(100, 2));
  });
});

describe('as a table', () => {
  it('shows what is not known as unknown, and estimates as such', async () => {
    const { roles } = await sum(
      [
        exchange(1, { usage: usage({ loadMs: 2000 }) }),
        exchange(2, { usage: UNKNOWN }),
        exchange(3, { usage: UNKNOWN, role: 'overseer' }),
      ],
      ['x', 'x'],
    );
    const record = foldJournal([{ v: 1, at: AT, ...makeStart() }]);
    if (record === undefined) throw new Error('no record');
    const figures = { roles, checkingMs: { known: undefined, unknown: 1, estimated: 0 } };
    const text = await renderStats(record, figures, createStyle(false), 80);
    expect(text.split('\n')).toEqual([
      'add-login, run 0001-abcdef (2026-01-01T00:00:00.000Z)',
      '                  coder      overseer',
      '                  c          c',
      'requests          2          1',
      '  sent again      0          0',
      'cached answers    0          0',
      'answers not used  0          0',
      'prompt tokens     100 + ?    ?',
      '  as estimated    220        110',
      '  read anew       ~100 + ?   ?',
      '  reused          ~0 + ?     ?',
      'answer tokens     10 + ?     ?',
      'loads             1 + ?      ?',
      '  loading         2 s + ?    ?',
      'waiting           0.0 s + ?  ?',
      'reading           0.2 s + ?  ?',
      'writing           0.3 s + ?  ?',
      'Checking took ?.',
      '~ is an estimate: what a prompt has in common with the one before, where no server tells.',
      '? stands for what is not known of one or more requests.',
    ]);
  });

  it('says when nothing was asked', async () => {
    const record = foldJournal([{ v: 1, at: AT, ...makeStart() }]);
    if (record === undefined) throw new Error('no record');
    const figures = await sumFigures(record, async () => undefined);
    expect((await renderStats(record, figures, createStyle(false), undefined)).split('\n').slice(1)).toEqual([
      'Nothing was asked.',
      'Checking took 0.0 s.',
    ]);
  });
});

describe('nexus log --stats', () => {
  async function setUp(resident = 1): Promise<{ project: Project; server: ScriptedOllama }> {
    const project = createProject(SUM_PROJECT);
    const server = await startServer({ replies: answering(), resident });
    await runNexus(['trust', '--yes'], { cwd: project.path });
    await runNexus(['run'], { cwd: project.path });
    return { project, server };
  }

  it('says it in a table and in one document', async () => {
    const { project, server } = await setUp();
    const nexus = (...args: string[]) =>
      runNexus(['log', 'fix-sum', '--stats', ...args], { cwd: project.path });
    const { stdout, exitCode } = await nexus();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ +overseer +coder$/mu);
    expect(stdout).toMatch(/^ +llama3\.1:8b +qwen2\.5-coder:7b$/mu);
    expect(stdout).toMatch(/^requests +2 +1$/mu);
    // The coder's model takes the memory of the overseer's in between. That was loaded ahead, which takes no time here.
    expect(stdout).toMatch(/^loads +1 +1$/mu);
    expect(stdout).toMatch(/^ {2}loading +2 s +2 s$/mu);
    expect(stdout).toMatch(/^ {2}read anew +~\d+ \+ \? +~\d+$/mu);
    expect(stdout).toMatch(/^Checking took \d+(?:\.\d)? s\.$/mu);

    const document = statsDocument.parse((await nexus('--json')).json());
    expect(document.roles.map(({ role, requests }) => [role, requests])).toEqual([
      ['overseer', 2],
      ['coder', 1],
    ]);
    expect(document.roles[0]?.loads.known).toBe(
      server.loads.filter(({ model }) => model === 'llama3.1:8b').length - 1,
    );
    expect(document.checkingMs.known).toBeGreaterThan(0);

    await runNexus(['retry', 'fix-sum'], { cwd: project.path });
    const free = statsDocument.parse((await nexus('--json')).json());
    for (const role of free.roles) {
      expect(role).toMatchObject({ requests: 0, promptTokens: { known: 0, unknown: 0 } });
    }
    expect(free.roles.map(({ cached }) => cached)).toEqual([2, 1]);
    expect((await nexus()).stdout).toMatch(/^cached answers +2 \(took .* once\) +1 \(took .* once\)$/mu);
  });

  it('does without prompts that are lost, and says so', async () => {
    const { project } = await setUp(2);
    const folder = join(project.path, '.git', 'nexus', 'runs', 'fix-sum');
    const [run = ''] = readdirSync(folder);
    rmSync(join(folder, run, 'exchanges'), { recursive: true });
    const { stdout } = await runNexus(['log', 'fix-sum', '--stats'], { cwd: project.path });
    expect(stdout).toMatch(/^requests +2 +1$/mu);
    // The coder's followed a load; of the others nothing can be said.
    expect(stdout).toMatch(/^ {2}reused +\? +~0$/mu);
  });

  it('is another question than that for one exchange', async () => {
    const { error } = await runNexus(['log', 'fix-sum', '--stats', '--exchange', '1']);
    expect(error).toMatchObject({ code: 'usage' });
  });
});

describe('what all runs have cost', () => {
  it('is added up by model, by task and in all; what is not known stays so', async () => {
    const figuresOf = async (exchanges: ExchangeEntry[]) => {
      const { roles } = await sum(exchanges);
      return { roles, checkingMs: known(5) };
    };
    const first = await figuresOf([exchange(1), exchange(2, { role: 'overseer', model: 'o' })]);
    const second = await figuresOf([exchange(1, { usage: UNKNOWN }), exchange(2, { retries: 1 })]);
    const all = addRuns([
      { task: 'one', figures: first },
      { task: 'two', figures: second },
      { task: 'one', figures: second },
    ]);
    expect(all.roles.map(({ role, model, requests }) => [role, model, requests])).toEqual([
      ['coder', 'c', 5],
      ['overseer', 'o', 1],
    ]);
    expect(all.roles[0]).toMatchObject({
      promptTokens: { known: 300, unknown: 2, estimated: 0 },
      retries: known(2),
      estimatedTokens: 550,
    });
    expect(all.tasks.map(({ task, runs, requests }) => [task, runs, requests])).toEqual([
      ['one', 2, 4],
      ['two', 1, 2],
    ]);
    expect(all.total).toMatchObject({
      runs: 3,
      requests: 6,
      answerTokens: { known: 40, unknown: 2, estimated: 0 },
      checkingMs: known(15),
    });
    // One run is what that run has cost.
    expect(addRuns([{ task: 'one', figures: first }]).roles).toEqual(first.roles);
  });
});

describe('nexus log --stats --all', () => {
  it('says it of all runs, also of tasks that are gone, and names the runs that it cannot read', async () => {
    const project = createProject(SUM_PROJECT);
    await startServer({ replies: answering() });
    const nexus = (...args: string[]) => runNexus(args, { cwd: project.path });
    await nexus('trust', '--yes');
    const none = await nexus('log', '--stats', '--all');
    expect(none.stdout).toBe('Nothing has been run yet.\n');
    expect(allStatsDocument.parse((await nexus('log', '--stats', '--all', '--json')).json())).toMatchObject({
      roles: [],
      tasks: [],
      total: { runs: 0, promptTokens: { known: 0 } },
    });

    await nexus('run', '--no-cache');
    await nexus('retry', 'fix-sum', '--no-cache');
    const one = statsDocument.parse((await nexus('log', 'fix-sum', '--stats', '--json')).json());
    const all = allStatsDocument.parse((await nexus('log', '--stats', '--all', '--json')).json());
    expect(all.tasks.map(({ task, runs }) => [task, runs])).toEqual([['fix-sum', 2]]);
    expect(all.roles.map(({ role, requests }) => [role, requests])).toEqual(
      one.roles.map(({ role, requests }) => [role, 2 * requests]),
    );
    expect(all.total.requests).toBe(6);
    expect(all.firstAt).not.toBe(one.startedAt);
    expect(all.lastAt).toBe(one.lastAt);

    const folder = join(project.path, '.git', 'nexus', 'runs', 'fix-sum');
    const [broken = ''] = readdirSync(folder).toSorted();
    writeFileSync(join(folder, broken, 'journal.jsonl'), 'nothing of ours\n');
    project.write('tasks.yml', 'tasks: []\n');
    const { stdout, exitCode } = await nexus('log', 'fix-sum', '--stats', '--all');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^1 run \(/u);
    expect(stdout).toMatch(/^ +overseer +coder$/mu);
    expect(stdout).toMatch(/^TASK +RUNS +REQUESTS .* CHECKING$/mu);
    expect(stdout).toMatch(/^fix-sum +1 +3 /mu);
    expect(stdout).toMatch(/^all +1 +3 /mu);
    expect(stdout).toContain(`Not counted: fix-sum, run ${broken}: line 1 of its journal is damaged.`);
  });

  it('asks for a task or for all, and for figures', async () => {
    const { path } = createProject(SUM_PROJECT);
    for (const args of [['log'], ['log', '--stats'], ['log', 'fix-sum', '--all'], ['log', '--all']]) {
      expect((await runNexus(args, { cwd: path })).error).toMatchObject({ code: 'usage', exitCode: 2 });
    }
    const unknown = await runNexus(['log', 'fix-sun', '--stats', '--all'], { cwd: path });
    expect(unknown.error?.remedy).toContain('fix-sum');
  });
});
