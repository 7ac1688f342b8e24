import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunId, listFolders } from './run-folders.js';

/** write-file-atomic puts a number behind the name of the file that it is about to replace. */
const DRAFT = /\.jsonl?\.\d+$/;

/**
 * Removes what a kill has left in the folder of a task's runs: files that were being written, and runs that never began.
 * Only for the process that holds the lock. Never throws: nothing of it is in the way.
 * @param journal name of the file that makes a folder a run
 */
export async function removeUnfinished(folder: string, journal: string): Promise<void> {
  for (const run of listFolders(folder).filter(isRunId)) {
    const path = join(folder, run);
    await removeDrafts(path);
    await removeDrafts(join(path, 'exchanges'));
    if (existsSync(join(path, journal))) continue;
    // Only empty ones: somebody may have deleted the journal alone.
    await rmdir(join(path, 'exchanges')).catch(() => undefined);
    await rmdir(path).catch(() => undefined);
  }
}

async function removeDrafts(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => DRAFT.test(each))) {
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}
