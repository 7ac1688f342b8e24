import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { openRepository } from '../../src/repository/open.js';
import type { Repository } from '../../src/repository/repository.js';
import type { Verdict } from '../../src/checks/check.js';
import type { FileChange, LocatedEdit } from '../../src/edits/types.js';
import type { CommitLabel, JournalEntry, Outcome, RunStartedEntry } from '../../src/journal/entries.js';
import type { RunRecord } from '../../src/journal/run-record.js';
import { decideStates, type TaskState } from '../../src/journal/task-state.js';
import { readDecisions } from '../../src/journal/decisions.js';
import type { ReviewInput } from '../../src/review/packet.js';
import type { Task } from '../../src/tasks/task.js';
import { branchAt, GOOD, makeRecord, makeReport, makeResult, makeTask } from '../journal/make.js';
import { createTempRepository, runGit, type TempRepository } from '../support/temp-repository.js';

export const BRANCH = 'nexus/add-login';

const FIRST_FILES = {
  'src/app.js': 'one\ntwo\nthree\nfour\nfive\nsix\nseven\n',
  'src/other.js': 'other\n',
  'test/app.test.js': 'expect(1)\n',
};

/** A repository whose `main` has a few files, and what a run has done on a feature branch from there. */
export interface Scene {
  temp: TempRepository;
  repository: Repository;
  base: string;
  task: Task;
  /** Entries after the start of the run; tests add to them. */
  journal: JournalEntry[];
  start: Partial<RunStartedEntry>;
  /** Commits on the feature branch as the engine does, trailers, journal and all. */
  work(
    label: CommitLabel,
    changes: FileChange[],
    values?: { edits?: LocatedEdit[]; attempts?: number },
  ): Promise<string>;
  /** Says what the checks say of the branch as it is now, and how the run ended. */
  end(outcome?: Outcome, verdict?: Verdict): Promise<void>;
  record: () => RunRecord;
  tip: () => string | undefined;
  state(): Promise<TaskState>;
  input(values?: Partial<ReviewInput>): Promise<ReviewInput>;
  dispose(): void;
}

export async function createScene(options: { task?: Partial<Task> } = {}): Promise<Scene> {
  const temp = createTempRepository();
  const base = temp.commit('Some files', FIRST_FILES);
  return sceneIn(temp, base, [], makeTask(options.task));
}

async function sceneIn(
  temp: TempRepository,
  base: string,
  journal: JournalEntry[],
  task: Task,
): Promise<Scene> {
  const repository = await openRepository(temp.path);
  const tip = (): string | undefined =>
    temp.git(['rev-parse', '--verify', '--quiet', `refs/heads/${BRANCH}`], { exits: [1] }) || undefined;
  const scene: Scene = {
    temp,
    repository,
    base,
    task,
    journal,
    start: { base, checks: ['test'] },
    tip,
    async work(label, changes, values = {}) {
      const parent = tip() ?? base;
      const subject = `Work of ${label}`;
      const message = `${subject}\n\nNexus-Task: ${task.id}\nNexus-Run: 0001-abcdef\nNexus-Step: ${label}\n`;
      const oid = await repository.commit({ parent, changes, message });
      await repository.updateBranch(BRANCH, oid, tip());
      const { edits = [], attempts = 1 } = values;
      journal.push({ type: 'committed', label, oid, parent, subject, edits, attempts });
      return oid;
    },
    async end(outcome = { kind: 'review' }, verdict = GOOD) {
      const commit = tip();
      if (commit === undefined) throw new Error('there is no branch yet');
      const passes = verdict.kind === 'good';
      const result = makeResult(passes ? {} : { outcome: 'failed', exitCode: 1, output: 'not ok 1\nboom\n' });
      const report = makeReport(await repository.treeOf(commit), result);
      journal.push({ type: 'checked', commit, verdict, report }, { type: 'ended', outcome, tip: commit });
    },
    record: () => makeRecord(scene.start, ...journal),
    state: () => stateOf(scene),
    async input(values = {}) {
      return {
        repository,
        task,
        branchName: BRANCH,
        record: scene.record(),
        state: await scene.state(),
        ...values,
      };
    },
    dispose: () => temp.dispose(),
  };
  return scene;
}

async function stateOf({ temp, repository, task, tip, record }: Scene): Promise<TaskState> {
  const now = tip();
  const held = new Set(temp.git(['rev-list', 'main']).split('\n'));
  const facts = {
    task,
    branchName: BRANCH,
    branch: now === undefined ? undefined : branchAt(now),
    work: undefined,
    checkedOut: undefined,
    record: record(),
    journalProblem: undefined,
    decisions: await readDecisions(repository),
    inBase: (commit: string) => held.has(commit),
    working: false,
  };
  const state = decideStates([facts]).get(task.id);
  if (state === undefined) throw new Error('every task has a state');
  return state;
}

/** A change of one line of `src/app.js`. */
export function changeLine(line: string, to: string): FileChange {
  const oldText = FIRST_FILES['src/app.js'];
  return { kind: 'modify', path: 'src/app.js', oldText, newText: oldText.replace(`${line}\n`, `${to}\n`) };
}

/** A plan, a step and a good verdict: the usual branch in review. Made once, then copied. */
export async function createReviewed(options: { task?: Partial<Task> } = {}): Promise<Scene> {
  template ??= makeReviewed();
  const made = await template;
  const task = makeTask(options.task);
  return sceneIn(copyRepository(made.temp), made.base, structuredClone(made.journal), task);
}

let template: Promise<Scene> | undefined;

async function makeReviewed(): Promise<Scene> {
  const scene = await createScene();
  await scene.work('plan', [{ kind: 'create', path: 'docs/nexus/add-login.md', newText: '# Plan\n' }]);
  await scene.work('step-1', [changeLine('two', 'TWO')], {
    edits: [{ path: 'src/app.js', format: 'search-replace', pass: 'exact', line: 2 }],
  });
  await scene.end();
  // Test files of one worker share it.
  process.once('exit', () => scene.dispose());
  return scene;
}

function copyRepository(from: TempRepository): TempRepository {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-test-')));
  const path = join(folder, 'repository');
  cpSync(from.path, path, { recursive: true });
  const git: TempRepository['git'] = (args, options = {}) =>
    runGit(resolve(path, options.cwd ?? '.'), args, options);
  const write: TempRepository['write'] = (file, content) => {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), content);
  };
  return {
    path,
    folder,
    git,
    write,
    commit(message, files = {}) {
      for (const [file, content] of Object.entries(files)) write(file, content);
      git(['add', '--all']);
      git(['commit', '--quiet', '--allow-empty', '--no-verify', '-m', message]);
      return git(['rev-parse', 'HEAD']);
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
