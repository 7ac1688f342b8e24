import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBook } from '../src/book.js';
import { searchBooks } from '../src/search.js';

const books = [
  createBook('Emma', 'Jane Austen', 474),
  createBook('Nana', 'Émile Zola', 470),
  createBook('Jane Eyre', 'Charlotte Brontë', 532),
];

function titles(query) {
  return searchBooks(books, query).map((book) => book.title);
}

test('a word is found in titles and authors', () => {
  assert.deepEqual(titles('jane'), ['Emma', 'Jane Eyre']);
});

test('every word must be there, in any order', () => {
  assert.deepEqual(titles('bronte JANE'), ['Jane Eyre']);
  assert.deepEqual(titles('jane zola'), []);
});

test('accents do not matter', () => {
  assert.deepEqual(titles('emile'), ['Nana']);
});
