import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBook } from '../src/book.js';
import { addBook, findBook, removeBook, updateBook } from '../src/shelf.js';

const emma = createBook('Emma', 'Jane Austen', 474);
const nana = createBook('Nana', 'Émile Zola', 470);

test('a title is found whatever its case, accents and spaces', () => {
  const books = [emma, createBook('Père  Goriot', 'Honoré de Balzac', 443)];
  assert.equal(findBook(books, ' pere goriot ')?.author, 'Honoré de Balzac');
  assert.equal(findBook(books, 'Goriot'), undefined);
});

test('a book is added at the end', () => {
  assert.deepEqual(addBook([emma], nana), [emma, nana]);
});

test('the same title is not added twice', () => {
  assert.throws(() => addBook([emma], createBook('EMMA', 'Someone', 10)), /on the shelf already/);
});

test('only the named book is changed', () => {
  const books = updateBook([emma, nana], 'nana', (book) => ({ ...book, pagesRead: 5 }));
  assert.deepEqual(books.map((book) => book.pagesRead), [0, 5]);
  assert.throws(() => updateBook([emma], 'Dune', (book) => book), /not on the shelf/);
});

test('a book is removed by its title', () => {
  assert.deepEqual(removeBook([emma, nana], 'emma'), [nana]);
  assert.throws(() => removeBook([emma], 'Dune'), /not on the shelf/);
});
