import { randomBytes } from 'node:crypto';
import { constants, existsSync, readFileSync } from 'node:fs';
import { appendFile, readFile, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, hasCode, messageOf, NexusError } from '../errors.js';
import { writeAtomically } from '../platform/held-files.js';
import { makeFolderBelow, withExplainedWrite } from '../repository/write-failures.js';
import { JOURNAL_VERSION, type JournalEntry, type RunStartedEntry, type StampedEntry } from './entries.js';
import { exchangeFile, readExchange, type KeptExchange } from './exchanges.js';
import { parseJournal, type StoredRun } from './parse-journal.js';
import { removeUnfinished } from './remove-unfinished.js';
import { asideName, listFolders, listRuns, numberOfRun } from './run-folders.js';
import { startRecord, transition, type RunRecord } from './run-record.js';

/** The journal of one run, open for writing. */
export interface RunJournal {
  /** As of the last entry. */
  readonly record: RunRecord;
  /** Resolves when the entry is on the disk. Entries stand in the order of the calls. */
  append(entry: JournalEntry): Promise<void>;
  saveExchange(number: number, exchange: KeptExchange): Promise<void>;
  readExchange(number: number): Promise<KeptExchange>;
}

export type { KeptExchange } from './exchanges.js';
export type { StoredRun } from './parse-journal.js';

/** A run that has a folder. */
export interface KeptRun extends StoredRun {
  task: string;
  run: string;
}

/** Where all runs of a repository are kept: `<common dir>/nexus/runs/<task>/<run>/`. */
export interface RunStore {
  create(first: RunStartedEntry): Promise<RunJournal>;
  /** Opens the newest run of a task for going on with it. */
  reopen(taskId: string): Promise<RunJournal | undefined>;
  /**
   * Puts the newest run of a task aside if its journal can't be read, so that it counts as if it were deleted, and those
   * before it, too. Only for the process that holds the lock. Returns where it is now and what was wrong with it.
   */
  setAside(taskId: string): Promise<{ folder: string; problem: string } | undefined>;
  /** The newest run of a task; `problem` says why there is a journal that can't be read. */
  latest(taskId: string): Promise<StoredRun>;
  /** The newest run of every task that has one. */
  latestOfAll(): Promise<Map<string, StoredRun>>;
  /**
   * Every run of every task, oldest first within a task; `problem` says why one can't be read. Not what was set aside, nor
   * what `nexus clean` has removed.
   */
  allRuns(): Promise<KeptRun[]>;
  /**
   * The next run id of a task: a number that grows, so that no clock decides, and six random hex digits.
   * @param after a run that the branch knows of: its folder may be lost
   */
  nextRunId(taskId: string, after?: string): Promise<string>;
  readExchange(taskId: string, run: string, number: number): Promise<KeptExchange>;
}

const JOURNAL = 'journal.jsonl';
const APPEND = constants.O_WRONLY | constants.O_APPEND;

export function openRunStore(commonDir: string): RunStore {
  const root = join(commonDir, 'nexus', 'runs');
  const folderOf = (taskId: string, run: string): string => join(root, taskId, run);

  /**
   * A folder without a journal is what a crash left before the run began: the one before it counts. But nothing that is
   * older than a run that was set aside: it says nothing of the branch any more.
   */
  function newestRun(taskId: string): string | undefined {
    const { runs, lastAside } = listRuns(join(root, taskId));
    const newest = runs.findLast((run) => existsSync(join(folderOf(taskId, run), JOURNAL)));
    return newest === undefined || numberOfRun(newest) < lastAside ? undefined : newest;
  }

  function latest(taskId: string): StoredRun {
    const run = newestRun(taskId);
    return run === undefined ? { record: undefined, problem: undefined } : readRun(folderOf(taskId, run));
  }

  return {
    async create(first) {
      const folder = folderOf(first.task.id, first.run);
      await removeUnfinished(join(root, first.task.id), JOURNAL);
      await makeFolderBelow(commonDir, join(folder, 'exchanges'));
      const stamped = { v: JOURNAL_VERSION, at: new Date().toISOString(), ...first };
      await writeFile(join(folder, JOURNAL), `${JSON.stringify(stamped)}\n`, commonDir);
      return journalIn(commonDir, folder, startRecord(stamped, stamped.at));
    },
    async reopen(taskId) {
      const run = newestRun(taskId);
      if (run === undefined) return undefined;
      const folder = folderOf(taskId, run);
      const { record, problem } = readRun(folder);
      if (problem !== undefined) throw unreadable(folder, problem);
      if (record === undefined) return undefined;
      await removeUnfinished(join(root, taskId), JOURNAL);
      await withExplainedWrite({ path: folder, commonDir }, () => dropCutLine(join(folder, JOURNAL)));
      return journalIn(commonDir, folder, record);
    },
    async setAside(taskId) {
      const run = newestRun(taskId);
      const problem = run === undefined ? undefined : readRun(folderOf(taskId, run)).problem;
      if (run === undefined || problem === undefined) return undefined;
      const folder = asideName(join(root, taskId), run);
      await withExplainedWrite({ path: folder, commonDir }, () => rename(folderOf(taskId, run), folder));
      return { folder, problem };
    },
    latest: async (taskId) => latest(taskId),
    async latestOfAll() {
      return new Map(listFolders(root).map((id) => [id, latest(id)]));
    },
    async allRuns() {
      return listFolders(root)
        .toSorted()
        .flatMap((task) =>
          listRuns(join(root, task)).runs.map((run) => ({ task, run, ...tryRun(folderOf(task, run)) })),
        )
        .filter(({ record, problem }) => record !== undefined || problem !== undefined);
    },
    async nextRunId(taskId, after = '0') {
      const { runs, lastAside } = listRuns(join(root, taskId));
      const number = 1 + Math.max(numberOfRun(runs.at(-1) ?? '0'), lastAside, numberOfRun(after));
      return `${String(number).padStart(4, '0')}-${randomBytes(3).toString('hex')}`;
    },
    readExchange: (taskId, run, number) => readExchange(folderOf(taskId, run), number),
  };
}

function journalIn(commonDir: string, folder: string, start: RunRecord): RunJournal {
  const file = join(folder, JOURNAL);
  let record = start;
  let last: Promise<void> = Promise.resolve();
  let cut = false;

  async function write(entry: JournalEntry): Promise<void> {
    const stamped: StampedEntry = { v: JOURNAL_VERSION, at: new Date().toISOString(), ...entry };
    await explained(async () => {
      if (cut) await dropCutLine(file);
      cut = true;
      // Never made anew: a journal without its beginning would say less than none.
      await appendFile(file, `${JSON.stringify(stamped)}\n`, { flag: APPEND, flush: true });
      cut = false;
    });
    record = transition(record, stamped);
  }

  async function explained(task: () => Promise<void>): Promise<void> {
    try {
      await withExplainedWrite({ path: file, commonDir }, task);
    } catch (error) {
      throw hasCode(error, 'ENOENT') ? journalGone(folder, error) : error;
    }
  }

  return {
    get record() {
      return record;
    },
    append(entry) {
      // One after the other, so that two entries never mix and the record has the file's order.
      const mine = last.then(() => write(entry));
      last = mine.catch(() => undefined);
      return mine;
    },
    async saveExchange(number, exchange) {
      const text = `${JSON.stringify(exchange, undefined, 1)}\n`;
      await explained(() => writeFile(exchangeFile(folder, number), text, commonDir));
    },
    readExchange: (number) => readExchange(folder, number),
  };
}

/** Removes what a crash or a full disk left of a last line; the next entry would be joined to it. */
async function dropCutLine(file: string): Promise<void> {
  const content = await readFile(file);
  const end = content.lastIndexOf(0x0a) + 1;
  if (end < content.length) await truncate(file, end);
}

/** Reads one journal, without waiting, as run-folders.ts says; a run that never got one is no problem, only unknown. */
function readRun(folder: string): StoredRun {
  try {
    return parseJournal(readFileSync(join(folder, JOURNAL), 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { record: undefined, problem: undefined };
    throw error;
  }
}

/** For those who can do without this one. */
function tryRun(folder: string): StoredRun {
  try {
    return readRun(folder);
  } catch (error) {
    return { record: undefined, problem: `its journal can't be read: ${messageOf(error)}` };
  }
}

function unreadable(folder: string, problem: string): NexusError {
  return new NexusError({
    code: 'journal-unreadable',
    message: `The last run of this task can't be continued: ${problem} (${folder}).`,
    remedy: 'nexus run TASK sets it aside and goes by what is on the branch.',
    exitCode: EXIT.repository,
  });
}

function journalGone(folder: string, cause: unknown): NexusError {
  return new NexusError({
    code: 'journal-gone',
    message: `The journal of this run was deleted while Nexus worked on it (${folder}).`,
    remedy: 'nexus run goes by what is on the branch.',
    exitCode: EXIT.repository,
    cause,
  });
}

async function writeFile(file: string, text: string, commonDir: string): Promise<void> {
  await withExplainedWrite({ path: file, commonDir }, () => writeAtomically(file, text));
}
