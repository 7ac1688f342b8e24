import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { block, code, inline, nest, quote } from '../../src/planning/markdown.js';

describe('a line', () => {
  test.each([
    ['Add `Array<string>` and a < b', 'Add `Array<string>` and a < b'],
    ['<script>alert(1)</script>', '&lt;script>alert(1)&lt;/script>'],
    ['<!-- hidden', '&lt;!-- hidden'],
    ['![x](http://evil/x.png) [y](javascript:z)', '!\\[x]\\(http://evil/x.png) [y]\\(javascript:z)'],
    ['# Facts', '\\# Facts'],
    ['> ## Facts', '> \\## Facts'],
    ['- # Facts', '- \\# Facts'],
    ['1. # Facts', '1. \\# Facts'],
    ['#12 and C#', '#12 and C#'],
    ['---', '\\---'],
    ['[x]: http://evil', '\\[x]: http://evil'],
    ['~~~', '\\~~~'],
    ['```js', '\\`\\`\\`js'],
    ['`a` and `b', '`a` and \\`b'],
    ['``a ` <b>`` `<i>', '``a ` <b>`` \\`&lt;i>'],
    ['\\`<b>`', '\\\\`<b>`'],
    ['  two\n lines\t ', 'two lines'],
    ['a\u0000b\u001b[31mc\u202Ed\u2028e', 'ab[31mcde'],
  ])('%j becomes %j', (text, expected) => {
    expect(inline(text)).toBe(expected);
  });
});

describe('several lines', () => {
  test('keep lists, emphasis and closed fences', () => {
    const text = '- **a**\n- b\n\n```js\n# no heading\n<b>\n```\n\nend';
    expect(block(text)).toBe(text);
  });

  test('cannot become a heading', () => {
    expect(block('# A\n   ## B\n#\n####### C\nD\n===\nE\n--\n-')).toBe(
      '\\# A\n\\## B\n\\# \n####### C\nD\n\\===\nE\n\\--\n\\-',
    );
  });

  test('close what they open', () => {
    expect(block('```js onclick="x"\ncode')).toBe('```js\ncode\n```');
    expect(block('~~~~\n```\n~~~\ncode')).toBe('~~~~\n```\n~~~\ncode\n~~~~');
  });

  test('put fences at the first column, so that a list does not end them', () => {
    expect(block('- a\n  ```\n  <b>\n```\n# Facts')).toBe('- a\n```\n  <b>\n```\n\\# Facts');
    expect(block('- ```\n# Facts\n- ```')).toBe('- \\`\\`\\`\n\\# Facts\n- \\`\\`\\`');
  });

  test('as a quotation have a mark on every line', () => {
    expect(quote('a\r\n\n# b')).toBe('> a\n>\n> \\# b');
  });

  test('of a document stand below its heading', () => {
    expect(nest('# T\n\n## U\n###### V\n```\n# x\n```\n<i>', 3)).toBe(
      '### T\n\n#### U\n###### V\n```\n# x\n```\n&lt;i>',
    );
  });
});

test('code is code whatever it holds', () => {
  expect(code('a b')).toBe('`a b`');
  expect(code('a `b` ``c')).toBe('``` a `b` ``c ```');
  expect(code('a\nb')).toBe('`a b`');
});

test('whatever is written, it forges no heading, opens no fence that stays open, and brings no HTML', () => {
  const piece = fc.constantFrom(
    '#',
    '## Facts',
    '\n',
    '\n\n',
    '```',
    '`',
    '``',
    '~~~',
    ' ',
    '    ',
    '\t',
    '- ',
    '> ',
    '1. ',
    '\\',
    '===',
    '---',
    '<script>',
    '<',
    '![',
    '](',
    '[a]: x',
    'text',
    '\r\n',
    '\u2028',
  );
  const text = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, (written) => {
      for (const rendered of [block(written), inline(written)]) {
        const outside = readOutsideFences(rendered);
        expect(outside.filter((line) => /^[\s>*+\-\d.)]*#{1,6}(\s|$)/.test(line))).toEqual([]);
        expect(outside.filter((line) => /^[\s>]*(=+|-+)\s*$/.test(line))).toEqual([]);
        expect(outside.map(withoutCode).join('\n')).not.toMatch(/<script|!\[|\]\(|`/);
      }
    }),
    { numRuns: 2000 },
  );
});

/** Lines that are no code, by a reading of CommonMark that shares nothing with the code under test. */
function readOutsideFences(text: string): string[] {
  const outside: string[] = [];
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const bare = line.replace(/^ {0,3}/, '');
    const run = /^(`+|~+)/.exec(bare)?.[0] ?? '';
    if (
      open === undefined &&
      run.length >= 3 &&
      !(run.startsWith('`') && bare.slice(run.length).includes('`'))
    )
      open = run;
    else if (open === undefined) outside.push(line);
    else if (run.startsWith(open) && bare.slice(run.length).trim() === '') open = undefined;
  }
  expect(open).toBeUndefined();
  return outside;
}

/** What CommonMark reads as text: no code spans (closed by the next run of as many backticks), no escaped characters. */
function withoutCode(line: string): string {
  let text = '';
  let at = 0;
  while (at < line.length) {
    const run = /^`+/.exec(line.slice(at))?.[0];
    if (line[at] === '\\') {
      text += /[A-Za-z]/.test(line[at + 1] ?? '') ? line.slice(at, at + 2) : '·';
      at += 2;
    } else if (run === undefined) {
      text += line[at];
      at += 1;
    } else {
      const from = at + run.length;
      const close = new RegExp(`(?<!\`)${run}(?!\`)`).exec(line.slice(from));
      text += close === null ? run : '';
      at = close === null ? from : from + close.index + run.length;
    }
  }
  return text;
}
