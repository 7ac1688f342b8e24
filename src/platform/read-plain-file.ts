import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';

/** Windows has neither flag. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The text of a file in a folder that others may have put things into: follows no link and waits for no pipe.
 * @param mostBytes larger ones are not read
 * @returns `foreign` for what is no file, or too large
 * @throws what the file system says
 */
export async function readPlainFile(path: string, mostBytes: number): Promise<{ text: string } | 'foreign'> {
  const found = await lstat(path);
  if (!found.isFile() || found.size > mostBytes) return 'foreign';
  const file = await open(path, READ);
  try {
    return { text: await file.readFile('utf8') };
  } finally {
    await file.close();
  }
}
