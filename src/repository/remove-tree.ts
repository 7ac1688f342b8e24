import { chmod, lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.js';

/** Entries of one folder that are removed at once. */
const AT_ONCE = 32;

/**
 * Removes a folder and all below it, never through a link: symlinks and Windows junctions go themselves, what they
 * point to stays. Read-only folders (a module cache, say) are made writable first. A missing folder is fine.
 */
export async function removeTree(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (!found) return;
  if (found.isDirectory()) await removeFolder(path);
  else await removeFile(path);
}

async function removeFolder(folder: string): Promise<void> {
  let entries = await readdir(folder, { withFileTypes: true }).catch(async (error: unknown) => {
    if (!isRefused(error)) throw error;
    await chmod(folder, 0o700);
    return readdir(folder, { withFileTypes: true });
  });
  while (entries.length > 0) {
    const now = entries.slice(0, AT_ONCE);
    entries = entries.slice(AT_ONCE);
    // A junction is a link to Node (`isDirectory` is false for it), and so is handled as one.
    await Promise.all(
      now.map((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? removeFolder(path) : removeFile(path);
      }),
    );
  }
  await rmdir(folder);
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    if (!isRefused(error)) throw error;
    await makeRemovable(path);
    await unlink(path).catch(() => rmdir(path));
  }
}

// POSIX asks for the right to write the folder, Windows for that of the file.
async function makeRemovable(path: string): Promise<void> {
  await chmod(join(path, '..'), 0o700);
  const found = await lstat(path);
  if (!found.isSymbolicLink()) await chmod(path, 0o600);
}

function isRefused(error: unknown): boolean {
  return hasCode(error, 'EACCES') || hasCode(error, 'EPERM');
}
