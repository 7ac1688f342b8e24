import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, hasCode, messageOf, NexusError } from '../errors.js';
import type { ChatMessage, JsonSchema } from '../models/port.js';
import { JOURNAL_VERSION, type JournalEntry, type RunStartedEntry, type StampedEntry } from './entries.js';
import { parseJournal, type StoredRun } from './parse-journal.js';
import { startRecord, transition, type RunRecord } from './run-record.js';

/** A kept request and its reply, verbatim. */
export interface KeptExchange {
  messages: readonly ChatMessage[];
  schema: JsonSchema | undefined;
  options: Readonly<Record<string, unknown>>;
  reply: string;
}

/** The journal of one run, open for writing. */
export interface RunJournal {
  /** As of the last entry. */
  readonly record: RunRecord;
  /** Resolves when the entry is on the disk. Entries stand in the order of the calls. */
  append(entry: JournalEntry): Promise<void>;
  saveExchange(number: number, exchange: KeptExchange): Promise<void>;
  readExchange(number: number): Promise<KeptExchange>;
}

export type { StoredRun } from './parse-journal.js';

/** Where all runs of a repository are kept: `<common dir>/nexus/runs/<task>/<run>/`. */
export interface RunStore {
  create(first: RunStartedEntry): Promise<RunJournal>;
  /** Opens the newest run of a task for going on with it. */
  reopen(taskId: string): Promise<RunJournal | undefined>;
  /** The newest run of a task; `problem` says why there is a journal that can't be read. */
  latest(taskId: string): Promise<StoredRun>;
  /** The newest run of every task that has one. */
  latestOfAll(): Promise<Map<string, StoredRun>>;
  /** The next run id of a task: a number that grows, so that no clock decides, and six random hex digits. */
  nextRunId(taskId: string): Promise<string>;
  readExchange(taskId: string, run: string, number: number): Promise<KeptExchange>;
}

const JOURNAL = 'journal.jsonl';

export function openRunStore(commonDir: string): RunStore {
  const root = join(commonDir, 'nexus', 'runs');
  const folderOf = (taskId: string, run: string): string => join(root, taskId, run);

  /** A folder without a journal is what a crash left before the run began: the one before it counts. */
  function newestRun(taskId: string): string | undefined {
    return listRuns(join(root, taskId)).findLast((run) => existsSync(join(folderOf(taskId, run), JOURNAL)));
  }

  function latest(taskId: string): StoredRun {
    const run = newestRun(taskId);
    return run === undefined ? { record: undefined, problem: undefined } : readRun(folderOf(taskId, run));
  }

  return {
    async create(first) {
      const folder = folderOf(first.task.id, first.run);
      await mkdir(join(folder, 'exchanges'), { recursive: true });
      const stamped = { v: JOURNAL_VERSION, at: new Date().toISOString(), ...first };
      await writeAtomically(join(folder, JOURNAL), `${JSON.stringify(stamped)}\n`);
      return journalIn(folder, startRecord(stamped, stamped.at));
    },
    async reopen(taskId) {
      const run = newestRun(taskId);
      if (run === undefined) return undefined;
      const folder = folderOf(taskId, run);
      const { record, problem } = readRun(folder);
      if (problem !== undefined) throw unreadable(folder, problem);
      if (record === undefined) return undefined;
      await dropCutLine(join(folder, JOURNAL));
      return journalIn(folder, record);
    },
    latest: async (taskId) => latest(taskId),
    async latestOfAll() {
      return new Map(listFolders(root).map((id) => [id, latest(id)]));
    },
    async nextRunId(taskId) {
      const last = listRuns(join(root, taskId)).at(-1);
      const number = last === undefined ? 1 : Number.parseInt(last, 10) + 1;
      return `${String(number).padStart(4, '0')}-${randomBytes(3).toString('hex')}`;
    },
    readExchange: (taskId, run, number) => readExchange(folderOf(taskId, run), number),
  };
}

function journalIn(folder: string, start: RunRecord): RunJournal {
  const file = join(folder, JOURNAL);
  let record = start;
  let last: Promise<void> = Promise.resolve();
  let cut = false;

  async function write(entry: JournalEntry): Promise<void> {
    if (cut) await dropCutLine(file);
    const stamped: StampedEntry = { v: JOURNAL_VERSION, at: new Date().toISOString(), ...entry };
    cut = true;
    await appendFile(file, `${JSON.stringify(stamped)}\n`, { flush: true });
    cut = false;
    record = transition(record, stamped);
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
      await writeAtomically(exchangeFile(folder, number), `${JSON.stringify(exchange, undefined, 1)}\n`);
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

function exchangeFile(folder: string, number: number): string {
  return join(folder, 'exchanges', `${String(number).padStart(3, '0')}.json`);
}

async function readExchange(folder: string, number: number): Promise<KeptExchange> {
  try {
    const kept: unknown = JSON.parse(await readFile(exchangeFile(folder, number), 'utf8'));
    if (isKeptExchange(kept)) return kept;
    throw new TypeError('it has no messages or no reply');
  } catch (cause) {
    throw new NexusError({
      code: 'exchange-unreadable',
      message: `Request ${number} of this run can't be read (${exchangeFile(folder, number)}): ${messageOf(cause)}`,
      remedy: 'nexus retry TASK starts the task anew from the base.',
      exitCode: EXIT.repository,
      cause,
    });
  }
}

function isKeptExchange(value: unknown): value is KeptExchange {
  return typeof value === 'object' && value !== null && 'messages' in value && 'reply' in value;
}

/** Run ids of a task, oldest first: by the number that they begin with, then by their text. */
function listRuns(folder: string): string[] {
  return listFolders(folder)
    .filter((name) => /^\d{4,}-[0-9a-f]{6}$/.test(name))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));
}

/*
 * Journals are looked for and read without waiting in between: hundreds of small files on the local disk, which takes
 * half as long so (measured with 200 of them: 26 ms instead of 52).
 */

function listFolders(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Reads one journal; a run that never got one is no problem, only unknown. */
function readRun(folder: string): StoredRun {
  try {
    return parseJournal(readFileSync(join(folder, JOURNAL), 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { record: undefined, problem: undefined };
    throw error;
  }
}

function unreadable(folder: string, problem: string): NexusError {
  return new NexusError({
    code: 'journal-unreadable',
    message: `The last run of this task can't be continued: ${problem} (${folder}).`,
    remedy: 'nexus retry TASK starts it anew from the base.',
    exitCode: EXIT.repository,
  });
}

/** Loaded when first needed: `nexus status` writes nothing, and loading takes time. */
async function writeAtomically(file: string, text: string): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await writeFileAtomic(file, text);
}
