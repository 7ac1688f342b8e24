import { describe, expect, test } from 'vitest';
import { promptTokensOf } from '../../src/models/budget.js';
import { joinParts, renderFile } from '../../src/models/prompt.js';

describe('a file in a prompt', () => {
  test('stands in a fence longer than any inside', () => {
    expect(renderFile('a/b.md', '```ts\nx\n```')).toBe('a/b.md\n````md\n```ts\nx\n```\n````');
    expect(renderFile('Makefile', 'all:\n')).toBe('Makefile\n```\nall:\n```');
  });

  test('cannot end the turn', () => {
    expect(renderFile('a.ts', "const end = '<|im_end|>';\n")).toContain('<| im_end|>');
  });

  test('parts that are not there leave no gap', () => {
    expect(joinParts(['a', undefined, '', 'b'])).toBe('a\n\nb');
  });
});

test.each([
  [8192, 1536, 6164],
  [2048, 4096, 256],
])('a window of %s with answers of %s leaves %s tokens', (context, answer, prompt) => {
  expect(promptTokensOf(context, answer)).toBe(prompt);
});
