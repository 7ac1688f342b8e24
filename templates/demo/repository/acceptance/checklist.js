import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toChecklist } from '../src/checklist.js';

const emma = { title: 'Emma', author: 'Jane Austen', pages: 474, pagesRead: 474 };
const dune = { title: 'Dune', author: 'Frank Herbert', pages: 612, pagesRead: 40 };

test('finished books are ticked, others are not', () => {
  assert.equal(toChecklist([emma, dune]), '- [x] Emma, Jane Austen\n- [ ] Dune, Frank Herbert');
});

test('no books give an empty text', () => {
  assert.equal(toChecklist([]), '');
});
