import { JOURNAL_VERSION, type StampedEntry } from './entries.js';
import { foldJournal, type RunRecord } from './run-record.js';

/** What a journal says; `problem` says why there is one that can't be read. */
export interface StoredRun {
  record: RunRecord | undefined;
  problem: string | undefined;
}

type EntryType = StampedEntry['type'];

/** The fields that each kind of entry is read by; what lacks one was not written by Nexus as it is now. */
const FIELDS: Readonly<Record<EntryType, readonly string[]>> = {
  'run-started': ['run', 'task', 'base', 'branch', 'models', 'dirty', 'checks'],
  stage: ['stage'],
  'base-checked': ['report'],
  exchange: ['number', 'role', 'model', 'purpose', 'attempt', 'usage'],
  planned: ['plan', 'notes'],
  'plan-approved': [],
  rejected: ['label', 'attempt', 'rejections'],
  committed: ['label', 'oid', 'parent', 'subject', 'edits', 'attempts'],
  checked: ['commit', 'report', 'verdict'],
  dropped: ['label', 'reason'],
  notice: ['message'],
  'waits-for-approval': [],
  ended: ['outcome'],
};

/** Reads the text of a journal. A last line that was cut off by a crash is no part of it; other damage is a problem. */
export function parseJournal(text: string): StoredRun {
  const entries: StampedEntry[] = [];
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    const value = parseLine(line);
    const version = versionOf(value);
    if (version !== undefined && version > JOURNAL_VERSION) {
      return problem(`its journal was written by a newer Nexus (format ${version})`);
    }
    if (!isEntry(value)) return problem(`line ${index + 1} of its journal is damaged`);
    entries.push(value);
  }
  const record = foldJournal(entries);
  return record === undefined
    ? problem('its journal does not begin with the start of a run')
    : { record, problem: undefined };
}

function problem(message: string): StoredRun {
  return { record: undefined, problem: message };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function versionOf(value: unknown): number | undefined {
  return isObject(value) && 'v' in value && typeof value.v === 'number' ? value.v : undefined;
}

function isEntry(value: unknown): value is StampedEntry {
  if (versionOf(value) === undefined || !isObject(value)) return false;
  if (!('type' in value) || !isEntryType(value.type) || !('at' in value)) return false;
  return FIELDS[value.type].every((field) => field in value);
}

function isEntryType(value: unknown): value is EntryType {
  return typeof value === 'string' && Object.hasOwn(FIELDS, value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
