import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoPath } from '../../edits/types.js';
import { EXIT, NexusError } from '../../errors.js';
import { isRepositoryTop, notReadable } from './folder-view.js';
import type { WorkingFiles } from './working-files.js';

/** Folders of tools, which nobody edits by hand. Names with a dot in front that are not here are looked into. */
const SKIPPED: ReadonlySet<string> = new Set(
  '.git .hg .svn .jj .bzr node_modules bower_components .yarn .pnpm-store .venv venv __pycache__ .tox .nox .mypy_cache .pytest_cache .ruff_cache .gradle .terraform .cache .next .nuxt .turbo'.split(
    ' ',
  ),
);

/** Beyond this the folder is no project: text files, and all that is looked at to find them. */
export const MOST_LISTED = { files: 5000, entries: 20_000 };

/**
 * Every text file below a folder that belongs to no repository, sorted. Not looked into: links, folders of tools
 * (`node_modules`, `.git`, …), and repositories further down, which are to be named themselves.
 * @throws NexusError `too-many-files`, `not-readable`
 */
export async function listTextFiles(
  root: string,
  files: Pick<WorkingFiles, 'looksLikeText'>,
  signal: AbortSignal,
): Promise<RepoPath[]> {
  const found: RepoPath[] = [];
  const folders = [''];
  let seen = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    for (const entry of await readFolder(join(root, folder), folder === '')) {
      seen += 1;
      if (seen > MOST_LISTED.entries) throw tooMany(root);
      const path = `${folder}${entry.name}`;
      // Such a name stands for other bytes.
      if (entry.name.includes('\uFFFD')) continue;
      if (entry.isFile() && files.looksLikeText(path)) found.push(path);
      if (found.length > MOST_LISTED.files) throw tooMany(root);
      if (!entry.isDirectory() || SKIPPED.has(entry.name) || isRepositoryTop(join(root, path))) continue;
      folders.push(`${path}/`);
    }
  }
  return found.sort();
}

async function readFolder(
  folder: string,
  isTop: boolean,
): Promise<{ name: string; isFile(): boolean; isDirectory(): boolean }[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isTop) throw notReadable(folder, error);
    // One that was removed in this moment, or another user's: its files can't be changed anyway.
    return [];
  }
}

function tooMany(root: string): NexusError {
  return new NexusError({
    code: 'too-many-files',
    message: `${root} is in no git repository and has more than ${MOST_LISTED.files} text files or ${MOST_LISTED.entries} entries, which is too much to look through.`,
    remedy: 'Name the files that the reply may change with --files, or a folder further down with --root.',
    exitCode: EXIT.usage,
  });
}
