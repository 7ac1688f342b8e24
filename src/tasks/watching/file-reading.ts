import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { readUserFile } from '../../config/read-user-file.js';
import { hasCode, NexusError } from '../../errors.js';

/** What a file that a person writes said when it was read. */
export type Reading =
  | { kind: 'text'; text: string }
  | { kind: 'missing' }
  | { kind: 'unreadable'; error: NexusError };

/** As `readUserFile` takes them. */
export interface ReadingLimits {
  code: string;
  maxBytes: number;
}

/** `agreed`: it was read twice and was the same; else somebody is writing it right now. */
export interface AgreedReading {
  reading: Reading;
  key: string;
  /** Length and time of the last modification: differs also when a content was replaced and came back. */
  stamp: string;
  agreed: boolean;
}

const TRIES = 4;
const PAUSE_MS = 15;

/** Reads the file at `path` until two readings in a row agree, a few times at most. Never throws. */
export async function readAgreed(path: string, limits: ReadingLimits): Promise<AgreedReading> {
  let before = await readOnce(path, limits);
  for (let tries = 1; ; tries += 1) {
    await wait(PAUSE_MS * tries);
    const now = await readOnce(path, limits);
    const agreed = now.key === before.key && now.stamp === before.stamp;
    if (agreed || tries === TRIES) return { ...now, agreed };
    before = now;
  }
}

async function readOnce(path: string, limits: ReadingLimits): Promise<Omit<AgreedReading, 'agreed'>> {
  const stamp = await readStamp(path);
  const reading = await read(path, limits);
  return { reading, key: keyOf(reading), stamp };
}

/** Without the inode: some network file systems give another number each time. */
async function readStamp(path: string): Promise<string> {
  return lstat(path, { bigint: true }).then(
    ({ size, mtimeNs }) => `${size}:${mtimeNs}`,
    () => '',
  );
}

async function read(path: string, limits: ReadingLimits): Promise<Reading> {
  try {
    const text = await readUserFile(path, limits);
    return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
  } catch (error) {
    if (error instanceof NexusError) return { kind: 'unreadable', error };
    throw error;
  }
}

/**
 * Equal for readings that say the same. Line ends and a byte order mark are no difference: git and editors change them
 * (`core.autocrlf`), and to YAML they mean nothing.
 */
export function keyOf(reading: Reading): string {
  if (reading.kind === 'missing') return 'missing';
  if (reading.kind === 'unreadable') return `unreadable: ${reading.error.message}`;
  const plain = reading.text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return createHash('sha256').update(plain).digest('base64');
}

/** An editor that saves, a virus scanner or an indexer holds the file for a moment; on Windows often. */
export function isPassing(reading: Reading): boolean {
  if (reading.kind !== 'unreadable') return false;
  const { cause } = reading.error;
  return [
    'EBUSY',
    'EPERM',
    'EACCES',
    'EMFILE',
    'ENFILE',
    'EAGAIN',
    'EIO',
    'ETIMEDOUT',
    'ESTALE',
    'UNKNOWN',
  ].some((code) => hasCode(cause, code));
}
