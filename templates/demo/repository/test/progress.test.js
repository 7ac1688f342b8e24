import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBook } from '../src/book.js';
import { isFinished, percentRead, readPages } from '../src/progress.js';

const book = createBook('Dune', 'Frank Herbert', 600);

test('a book needs a title and a page count', () => {
  assert.throws(() => createBook(' ', 'Nobody', 10), /title/);
  assert.throws(() => createBook('Dune', 'Frank Herbert', 0), /page count/);
});

test('pages add up, to the last page at most', () => {
  assert.equal(readPages(readPages(book, 40), 2).pagesRead, 42);
  assert.equal(readPages(book, 601).pagesRead, 600);
  assert.throws(() => readPages(book, -1), /1 or more/);
});

test('a book is finished with its last page', () => {
  assert.equal(isFinished(readPages(book, 599)), false);
  assert.equal(isFinished(readPages(book, 600)), true);
});

test('only a finished book is at 100 percent', () => {
  assert.equal(percentRead(readPages(book, 599)), 99);
  assert.equal(percentRead(readPages(book, 600)), 100);
});
