import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestStreak } from '../src/streak.js';

test('no days are a streak of 0', () => {
  assert.equal(longestStreak([]), 0);
});

test('days in any order are counted, each once', () => {
  assert.equal(longestStreak(['2024-05-03', '2024-05-01', '2024-05-02', '2024-05-02']), 3);
});

test('a day without reading ends a streak', () => {
  assert.equal(longestStreak(['2024-05-01', '2024-05-02', '2024-05-04']), 2);
});

test('a streak goes on over the end of a month', () => {
  assert.equal(longestStreak(['2024-01-30', '2024-01-31', '2024-02-01']), 3);
});

test('a streak goes on over the end of a year', () => {
  assert.equal(longestStreak(['2023-12-31', '2024-01-01']), 2);
});

test('days of different months are no streak', () => {
  assert.equal(longestStreak(['2024-01-04', '2024-03-05']), 1);
});
