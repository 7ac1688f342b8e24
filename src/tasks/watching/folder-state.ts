import type { BigIntStats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../errors.js';

/** What `stat` knows of a folder and the entries that count: enough to see that something changed. */
export interface FolderState {
  /** The folder without links, and its device and inode: another one under the same name is another identity. */
  real: string;
  identity: string;
  /** Each entry's signature; an entry that is missing has one too when it was asked for by name. */
  signatures: ReadonlyMap<string, string>;
  /** Where entries that are symbolic links lead to. */
  targets: ReadonlyMap<string, string>;
}

/** Beyond this, entries of a folder are told apart by name only: looking again and again has to stay cheap. */
const MOST_ENTRIES = 1000;

/**
 * Looks at `folder`, and at `names` in it or at all of its entries. Undefined when there is no such folder. Throws
 * what the system says when it can't tell (no permission, a network drive that is away). `before` saves work.
 */
export async function readFolderState(
  folder: string,
  names: readonly string[] | undefined,
  before?: FolderState,
): Promise<FolderState | undefined> {
  const stats = await statFolder(folder);
  if (stats === undefined) return undefined;
  const identity = `${stats.dev}:${stats.ino}`;
  const real = before?.identity === identity ? before.real : await realpath(folder);
  const signatures = new Map<string, string>();
  const targets = new Map<string, string>();
  for (const name of names ?? (await readdir(folder))) {
    if (signatures.size >= MOST_ENTRIES) {
      signatures.set(name, 'there');
      continue;
    }
    const { signature, target } = await readSignature(join(folder, name));
    signatures.set(name, signature);
    if (target !== undefined) targets.set(name, target);
  }
  return { real, identity, signatures, targets };
}

async function statFolder(folder: string): Promise<BigIntStats | undefined> {
  try {
    const stats = await stat(folder, { bigint: true });
    return stats.isDirectory() ? stats : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/**
 * Whatever differs after a change of the file at `path`, and for a link of the file that it leads to. The inode and
 * the time of the last change of the inode are in it, because `cp -p`, `tar` and `git stash` can bring back a file of
 * the same length and modification time.
 */
async function readSignature(path: string): Promise<{ signature: string; target?: string }> {
  let own: BigIntStats;
  try {
    own = await lstat(path, { bigint: true });
  } catch (error) {
    return { signature: codeOf(error) };
  }
  if (!own.isSymbolicLink()) return { signature: describe(own) };
  try {
    const target = await realpath(path);
    const there = await stat(target, { bigint: true });
    return { signature: `${describe(own)} ${target} ${describe(there)}`, target };
  } catch (error) {
    return { signature: `${describe(own)} ${codeOf(error)}` };
  }
}

function describe(stats: BigIntStats): string {
  return [stats.dev, stats.ino, stats.mode, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

/** Entries that came, went or changed. */
export function namesThatDiffer(before: FolderState, after: FolderState): string[] {
  const names = new Set([...before.signatures.keys(), ...after.signatures.keys()]);
  return [...names].filter((name) => before.signatures.get(name) !== after.signatures.get(name));
}
