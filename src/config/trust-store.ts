import { createHash } from 'node:crypto';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EXIT, messageOf, NexusError } from '../errors.js';
import { writeAtomically } from '../platform/held-files.js';
import { diffTrusted, isCovered, trustHash } from './trust.js';
import type { TrustDifference, TrustedItem } from './trust.js';
import { findUserFolder } from './user-folder.js';

/** A file with another number was written by another version and approves nothing. */
const FORMAT = 1;

const KINDS: readonly string[] = [
  'command',
  'address',
  'remote',
  'link',
  'template',
] satisfies TrustedItem['kind'][];

/** Whether the user agreed to everything in `items` for this repository. Nothing to agree to needs no approval. */
export async function isApproved(
  commonDir: string,
  items: readonly TrustedItem[],
  folder: string = findUserFolder(),
): Promise<boolean> {
  return items.length === 0 || isCovered(await diffAgainstApproved(commonDir, items, folder));
}

/** What is new, changed or gone since the user last agreed; all new when they never did. */
export async function diffAgainstApproved(
  commonDir: string,
  items: readonly TrustedItem[],
  folder: string = findUserFolder(),
): Promise<TrustDifference> {
  return diffTrusted(await readApproved(await locateRecord(commonDir, folder)), items);
}

/**
 * Records that the user agrees to `items`, and to nothing else, for the repository with this git common directory:
 * in the user's own folder, readable by nobody else. Throws `NexusError` `trust-not-saved` (exit code 3).
 */
export async function approve(
  commonDir: string,
  items: readonly TrustedItem[],
  folder: string = findUserFolder(),
): Promise<void> {
  const path = await locateRecord(commonDir, folder);
  const record = { format: FORMAT, repository: await identify(commonDir), hash: trustHash(items), items };
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeAtomically(path, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new NexusError({
      code: 'trust-not-saved',
      message: `The approval could not be saved at ${path}: ${messageOf(error)}.`,
      remedy: 'Make that folder writable, or set NEXUS_CONFIG_HOME to one that is.',
      exitCode: EXIT.config,
      cause: error,
    });
  }
}

/** One file per repository, so that two processes that approve at once do not lose each other's record. */
async function locateRecord(commonDir: string, folder: string): Promise<string> {
  const name = createHash('sha256')
    .update(await identify(commonDir))
    .digest('hex');
  return join(folder, 'trust', `${name.slice(0, 32)}.json`);
}

/** The same repository reached through a link or another spelling is the same. */
async function identify(commonDir: string): Promise<string> {
  return realpath(commonDir).catch(() => resolve(commonDir));
}

/** A record that is missing, damaged, or not as it was written approves nothing: the user is asked again. */
async function readApproved(path: string): Promise<TrustedItem[]> {
  try {
    const record: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (!isObject(record) || record['format'] !== FORMAT || !Array.isArray(record['items'])) return [];
    const items: unknown[] = record['items'];
    const valid = items.filter(isTrustedItem);
    return valid.length === items.length && trustHash(valid) === record['hash'] ? valid : [];
  } catch {
    return [];
  }
}

function isTrustedItem(value: unknown): value is TrustedItem {
  if (!isObject(value)) return false;
  const { kind, subject, detail } = value;
  return (
    typeof kind === 'string' &&
    KINDS.includes(kind) &&
    typeof subject === 'string' &&
    typeof detail === 'string'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
