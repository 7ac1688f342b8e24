import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../src/commands.js';
import { loadShelf, saveShelf } from '../src/storage.js';

const TODAY = '2024-05-17';
const empty = { books: [], days: [] };

function run(shelf, ...args) {
  return runCommand(shelf, args, TODAY);
}

test('a book is added, read and listed', () => {
  const added = run(empty, 'add', 'Dune', 'Frank Herbert', '600').shelf;
  const { shelf } = run(added, 'read', 'dune', '150');
  assert.equal(run(shelf, 'list').output, 'Dune (Frank Herbert): 25 %');
  assert.equal(run(shelf, 'find', 'frank', 'dune').output, 'Dune (Frank Herbert): 25 %');
  assert.equal(run(shelf, 'streak').output, 'Longest streak in days: 1');
  assert.equal(run(shelf, 'remove', 'Dune').shelf.books.length, 0);
});

test('an empty shelf and an unknown command say so', () => {
  assert.equal(run(empty, 'list').output, 'No books.');
  assert.throws(() => run(empty, 'sell'), /Commands:/);
});

test('a shelf is saved and loaded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bookshelf-'));
  const file = join(folder, 'bookshelf.json');
  try {
    assert.deepEqual(await loadShelf(file), empty);
    await saveShelf(file, { books: [], days: [TODAY] });
    assert.deepEqual(await loadShelf(file), { books: [], days: [TODAY] });
    await writeFile(file, '{');
    await assert.rejects(loadShelf(file), /not valid JSON/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
