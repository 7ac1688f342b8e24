import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createPlatform } from '../platform.js';
import { listFolders, listRuns } from './run-folders.js';

/** What write-file-atomic names the file that it writes before it puts it in place. */
const DRAFT = /\.\d{5,10}$/;

/**
 * Removes what a kill has left among the journals: folders of runs that had not begun yet, and drafts of files. Only for
 * the process that holds the repository's lock: nobody else writes there. What can't be removed is for the next run.
 */
export async function removeRunLeftovers(commonDir: string): Promise<void> {
  const root = join(commonDir, 'nexus', 'runs');
  for (const task of listFolders(root)) {
    const folders = listRuns(join(root, task)).runs.map((run) => join(root, task, run));
    const begun = folders.findLastIndex((folder) => existsSync(join(folder, 'journal.jsonl')));
    // One that was killed wrote to its last run only.
    const last = folders[begun];
    const drafts =
      last === undefined ? [] : [...(await draftsIn(last)), ...(await draftsIn(join(last, 'exchanges')))];
    const unbegun: string[] = [];
    for (const folder of folders.slice(begun + 1)) if (await isEmpty(folder)) unbegun.push(folder);
    for (const path of [...unbegun, ...drafts]) {
      await createPlatform()
        .removeTree(path)
        .catch(() => undefined);
    }
  }
}

/** Replies are kept only once a run has begun: where there are some, the journal was lost in another way. */
async function isEmpty(folder: string): Promise<boolean> {
  const names = await readdir(join(folder, 'exchanges')).catch(() => []);
  return names.every((name) => DRAFT.test(name));
}

async function draftsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => DRAFT.test(name)).map((name) => join(folder, name));
}
