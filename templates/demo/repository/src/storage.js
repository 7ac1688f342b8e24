import { readFile, writeFile } from 'node:fs/promises';

const EMPTY_SHELF = { books: [], days: [] };

/** Reads the shelf from a JSON file; a file that is not there is an empty shelf. */
export async function loadShelf(file) {
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return EMPTY_SHELF;
    throw error;
  }
  try {
    return { ...EMPTY_SHELF, ...JSON.parse(text) };
  } catch {
    throw new Error(`${file} is not valid JSON.`);
  }
}

/** Writes the shelf to a JSON file. */
export async function saveShelf(file, shelf) {
  await writeFile(file, `${JSON.stringify(shelf, null, 2)}\n`);
}
