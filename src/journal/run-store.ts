import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { EXIT, hasCode, NexusError } from '../errors.js';
import type { ChatMessage, JsonSchema } from '../models/port.js';
import { JOURNAL_VERSION, type JournalEntry, type RunStartedEntry, type StampedEntry } from './entries.js';
import { foldJournal, startRecord, transition, type RunRecord } from './run-record.js';

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
  append(entry: JournalEntry): Promise<void>;
  saveExchange(number: number, exchange: KeptExchange): Promise<void>;
  readExchange(number: number): Promise<KeptExchange>;
}

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

export interface StoredRun {
  record: RunRecord | undefined;
  problem: string | undefined;
}

const JOURNAL = 'journal.jsonl';

export function openRunStore(commonDir: string): RunStore {
  const root = join(commonDir, 'nexus', 'runs');
  const folderOf = (taskId: string, run: string): string => join(root, taskId, run);

  async function newestRun(taskId: string): Promise<string | undefined> {
    return (await listRuns(join(root, taskId))).at(-1);
  }

  async function latest(taskId: string): Promise<StoredRun> {
    const run = await newestRun(taskId);
    return run === undefined ? { record: undefined, problem: undefined } : readRun(folderOf(taskId, run));
  }

  return {
    async create(first) {
      const folder = folderOf(first.task.id, first.run);
      await mkdir(join(folder, 'exchanges'), { recursive: true });
      const stamped: StampedEntry = { v: JOURNAL_VERSION, at: new Date().toISOString(), ...first };
      await writeFileAtomic(join(folder, JOURNAL), `${JSON.stringify(stamped)}\n`);
      return journalIn(folder, startRecord(first, stamped.at));
    },
    async reopen(taskId) {
      const run = await newestRun(taskId);
      if (run === undefined) return undefined;
      const folder = folderOf(taskId, run);
      const { record, problem } = await readRun(folder);
      if (problem !== undefined) throw unreadable(folder, problem);
      return record === undefined ? undefined : journalIn(folder, record);
    },
    latest,
    async latestOfAll() {
      const tasks = await listFolders(root);
      const runs = await Promise.all(tasks.map(async (id) => [id, await latest(id)] as const));
      return new Map(runs);
    },
    async nextRunId(taskId) {
      const last = await newestRun(taskId);
      const number = last === undefined ? 1 : Number.parseInt(last, 10) + 1;
      return `${String(number).padStart(4, '0')}-${randomBytes(3).toString('hex')}`;
    },
    readExchange: (taskId, run, number) => readExchange(folderOf(taskId, run), number),
  };
}

function journalIn(folder: string, start: RunRecord): RunJournal {
  let record = start;
  return {
    get record() {
      return record;
    },
    async append(entry) {
      const stamped: StampedEntry = { v: JOURNAL_VERSION, at: new Date().toISOString(), ...entry };
      await appendFile(join(folder, JOURNAL), `${JSON.stringify(stamped)}\n`, { flush: true });
      record = transition(record, stamped);
    },
    async saveExchange(number, exchange) {
      await writeFileAtomic(exchangeFile(folder, number), `${JSON.stringify(exchange, undefined, 1)}\n`);
    },
    readExchange: (number) => readExchange(folder, number),
  };
}

function exchangeFile(folder: string, number: number): string {
  return join(folder, 'exchanges', `${String(number).padStart(3, '0')}.json`);
}

async function readExchange(folder: string, number: number): Promise<KeptExchange> {
  const kept: unknown = JSON.parse(await readFile(exchangeFile(folder, number), 'utf8'));
  if (isKeptExchange(kept)) return kept;
  throw unreadable(folder, `exchange ${number} is damaged`);
}

function isKeptExchange(value: unknown): value is KeptExchange {
  return typeof value === 'object' && value !== null && 'messages' in value && 'reply' in value;
}

/** Run ids of a task, oldest first: they begin with a number, so their order is that of their text. */
async function listRuns(folder: string): Promise<string[]> {
  return (await listFolders(folder)).filter((name) => /^\d{4,}-[0-9a-f]{6}$/.test(name)).sort();
}

async function listFolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Reads one journal. A last line that was cut off by a crash is not part of it; any other damage is a problem. */
async function readRun(folder: string): Promise<StoredRun> {
  let text: string;
  try {
    text = await readFile(join(folder, JOURNAL), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { record: undefined, problem: undefined };
    throw error;
  }
  const entries: StampedEntry[] = [];
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const entry = parseEntry(line);
    if (entry === undefined)
      return { record: undefined, problem: `line ${index + 1} of its journal is damaged` };
    if (entry.v > JOURNAL_VERSION) {
      return { record: undefined, problem: `its journal was written by a newer Nexus (format ${entry.v})` };
    }
    entries.push(entry);
  }
  const record = foldJournal(entries);
  return {
    record,
    problem: record === undefined ? 'its journal does not begin with the start of a run' : undefined,
  };
}

function parseEntry(line: string): StampedEntry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is StampedEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    'v' in value &&
    typeof value.v === 'number'
  );
}

function unreadable(folder: string, problem: string): NexusError {
  return new NexusError({
    code: 'journal-unreadable',
    message: `The last run of this task can't be continued: ${problem} (${folder}).`,
    remedy: 'nexus retry TASK starts it anew from the base.',
    exitCode: EXIT.repository,
  });
}
