#!/usr/bin/env node
import { runCommand } from '../src/commands.js';
import { loadShelf, saveShelf } from '../src/storage.js';

const FILE = 'bookshelf.json';

try {
  const shelf = await loadShelf(FILE);
  const today = new Date().toISOString().slice(0, 10);
  const result = runCommand(shelf, process.argv.slice(2), today);
  if (result.shelf !== shelf) await saveShelf(FILE, result.shelf);
  console.log(result.output);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
