import { lstat, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { hasCode } from '../errors.js';
import { worktreeFolders } from './checked-out.js';
import { Git } from './git.js';
import { FOLDER_PREFIX, linkTarget, MARKER, removeWorktree } from './throwaway-worktree.js';
import type { Repository } from './repository.js';

/** A marker from another computer (or container) can't be checked; after this time nobody works there. In ms. */
const FOREIGN_AGE = 24 * 60 * 60 * 1000;

const Marker = z.object({ pid: z.number().int().positive(), host: z.string(), since: z.string() });

/**
 * Removes throw-away worktrees of earlier Nexus processes that are gone, folders and entries. Those of running
 * processes stay. Returns the paths of the removed ones.
 */
export async function removeStaleWorktrees(repository: Repository): Promise<string[]> {
  const git = Git.in(repository.root);
  const removed: string[] = [];
  for (const { gitDir, worktree } of await worktreeFolders(repository.commonDir)) {
    const folder = dirname(worktree);
    if (!basename(folder).startsWith(FOLDER_PREFIX)) continue;
    const exists = await isOurs(worktree, gitDir);
    if (!(await isAbandoned(gitDir, exists === 'missing')) || exists === 'other') continue;
    await removeWorktree(git, repository.commonDir, folder, worktree);
    removed.push(worktree);
  }
  return removed;
}

// Deletes nothing on the word of a file in `.git` alone: the folder has to point back.
async function isOurs(worktree: string, gitDir: string): Promise<'ours' | 'missing' | 'other'> {
  try {
    return (await linkTarget(worktree)) === gitDir ? 'ours' : 'other';
  } catch {
    const gone = await lstat(worktree).then(
      () => false,
      (error: unknown) => hasCode(error, 'ENOENT'),
    );
    return gone ? 'missing' : 'other';
  }
}

async function isAbandoned(gitDir: string, isMissing: boolean): Promise<boolean> {
  const marker = await readMarker(gitDir);
  if (!marker) return false;
  if (marker.host === hostname()) return !isRunning(marker.pid);
  return isMissing && Date.now() - Date.parse(marker.since) > FOREIGN_AGE;
}

async function readMarker(gitDir: string): Promise<z.infer<typeof Marker> | undefined> {
  try {
    return Marker.parse(JSON.parse(await readFile(join(gitDir, MARKER), 'utf8')));
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is running, too.
    return hasCode(error, 'EPERM');
  }
}
