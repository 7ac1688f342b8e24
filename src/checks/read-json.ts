import { readFile } from 'node:fs/promises';

/** The value in a JSON file; undefined if there is none or it is damaged. For files that others write. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
