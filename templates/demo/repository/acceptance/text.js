import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeText } from '../src/text.js';

test('src/text.js exports normalizeText, which works as before', () => {
  assert.equal(normalizeText('  Père   GORIOT '), 'pere goriot');
});
