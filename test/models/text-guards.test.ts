import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRunawayGuard } from '../../src/models/runaway.js';
import {
  neutralizeSpecialTokens,
  restoreSpecialTokens,
  SPECIAL_TOKENS,
} from '../../src/models/special-tokens.js';
import { isCloudName, isSameModel, withTag } from '../../src/models/ollama/names.js';
import { quoteForeignText } from '../../src/models/model-error.js';

/** The guard's verdict on a text that comes in pieces of `size`. */
function judge(text: string, size = 5): string | undefined {
  const guard = createRunawayGuard();
  for (let start = 0; start < text.length; start += size) {
    const reason = guard.check(text.slice(start, start + size));
    if (reason !== undefined) return reason;
  }
  return undefined;
}

describe('a runaway answer', () => {
  test.each([
    ['blank lines', '{"a":\n'.concat('\n'.repeat(300)), 'white space without end'],
    ['blank lines with blanks', '   \n'.repeat(300), 'white space without end'],
    ['blanks in a line', `x = ${' '.repeat(300)}1`, 'white space without end'],
    ['blanks at the start of a line', `\n${' '.repeat(400)}1`, 'white space without end'],
    ['one line', 'return a + b;\n'.repeat(60), 'the same line again and again'],
    ['one line with CRLF', 'return a + b;\r\n'.repeat(60), 'the same line again and again'],
    ['three lines', 'one\ntwo\nthree\n'.repeat(60), 'the same 3 lines again and again'],
    ['short lines', '},\n'.repeat(500), 'the same line again and again'],
  ])('%s', (_, text, reason) => {
    expect(judge(`Start\n${text}`)).toBe(reason);
    expect(judge(`Start\n${text}`, 1000)).toBe(reason);
  });

  test.each([
    ['deep indentation', `${'        '.repeat(9)}deep();\n`.repeat(30)],
    ['a table of equal short lines', `[\n${'  0,\n'.repeat(256)}]\n`],
    ['forty equal lines', 'add(item);\n'.repeat(40)],
    ['blank lines between parts', `a\n${'\n'.repeat(100)}b\n${'\n'.repeat(100)}c`],
    ['an aligned column', `name${' '.repeat(150)}value\n`.repeat(5)],
    ['a long line', 'x'.repeat(50_000)],
    ['different lines', Array.from({ length: 3000 }, (_, index) => `line ${index}`).join('\n')],
    ['nearly equal blocks', Array.from({ length: 500 }, (_, index) => `case ${index}:\n  break;`).join('\n')],
  ])('is not %s', (_, text) => {
    expect(judge(text)).toBeUndefined();
    expect(judge(text, 100_000)).toBeUndefined();
  });
});

describe('special tokens', () => {
  test.each(SPECIAL_TOKENS)('%s becomes harmless and comes back', (token) => {
    const text = `before ${token} after`;
    const harmless = neutralizeSpecialTokens(text);
    expect(harmless).not.toContain(token);
    expect(restoreSpecialTokens(harmless)).toBe(text);
  });

  test.each([
    'a < b | c > d',
    '[1, 2] [x]',
    '<s>struck</s>',
    'x <| y |> z',
    'if (a <|| b)',
    '<div|>',
    '[INSTALL]',
  ])('code is left alone: %s', (code) => {
    expect(neutralizeSpecialTokens(code)).toBe(code);
  });

  test('any text comes back exactly, whatever blanks it had', () => {
    const piece = fc.constantFrom(
      '<|',
      '|>',
      ' ',
      'im_end',
      '<',
      '｜',
      '<｜',
      'x',
      '\n',
      '[',
      '/INST]',
      'INST]',
      '_of_turn>',
      'start',
    );
    const text = fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }).map((pieces) => pieces.join(''));
    const isRestored = fc.property(text, (original) => {
      const harmless = neutralizeSpecialTokens(original);
      return (
        restoreSpecialTokens(harmless) === original &&
        SPECIAL_TOKENS.every((token) => !harmless.includes(token))
      );
    });
    expect(() => fc.assert(isRestored, { numRuns: 2000 })).not.toThrow();
  });
});

describe('names', () => {
  test.each(['a:cloud', 'a:120b-cloud', 'A:CLOUD ', 'x/y-cloud'])('%s is of the cloud', (name) => {
    expect(isCloudName(name)).toBe(true);
  });
  test.each(['cloud', 'cloudy:7b', 'my-cloud:7b', 'a:7b'])('%s is not', (name) => {
    expect(isCloudName(name)).toBe(false);
  });
  test('without a tag mean the latest', () => {
    expect(withTag('host:5000/a/b')).toBe('host:5000/a/b:latest');
    expect(withTag('a:7b')).toBe('a:7b');
    expect(isSameModel('Llama3.1', 'llama3.1:latest')).toBe(true);
    expect(isSameModel('llama3.1:8b', 'llama3.1')).toBe(false);
  });
});

test('text of strangers is one short printable line', () => {
  expect(quoteForeignText(' a\u001b[31m\r\n b.\u0000 ')).toBe('a [31m b');
  expect(quoteForeignText('x'.repeat(9999))).toHaveLength(301);
});
