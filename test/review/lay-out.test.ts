import { describe, expect, it } from 'vitest';
import {
  count,
  duration,
  firstOf,
  moment,
  section,
  short,
  table,
  wrap,
  wrapText,
} from '../../src/review/lay-out.js';
import { printableLine, printableLines } from '../../src/review/printable.js';

describe('printableLine', () => {
  it.each([
    ['plain \u00e4\u6f22 \u{1f600}', 'plain \u00e4\u6f22 \u{1f600}'],
    ['\u001b[31mred', String.raw`\x1b[31mred`],
    ['a\nb\rc\td', String.raw`a\nb\rc\td`],
    ['\u009b2J', String.raw`\x9b2J`],
    ['a\u202etxt.exe', String.raw`a\u{202e}txt.exe`],
    ['\u200bzero\u2028line', String.raw`\u{200b}zero\u{2028}line`],
    ['lone \ud800 half', String.raw`lone \u{d800} half`],
  ])('%j becomes harmless', (text, printed) => {
    expect(printableLine(text)).toBe(printed);
  });
});

describe('printableLines', () => {
  it('keeps lines of any kind, widens tabs, drops empty lines at the end', () => {
    expect(printableLines('a\r\nb\rc\n\td  \n\n \n')).toEqual(['a', 'b', 'c', '    d']);
    expect(printableLines('')).toEqual([]);
  });
});

describe('wrap', () => {
  it('breaks at blanks, counts wide letters double and indents further lines', () => {
    expect(wrap('aa bb cc dd', 2, 7)).toEqual(['aa bb', '  cc dd']);
    expect(wrap('\u6f22\u6f22 \u6f22\u6f22', 0, 8)).toEqual(['\u6f22\u6f22', '\u6f22\u6f22']);
  });

  it('leaves what can’t be broken', () => {
    expect(wrap('abcdefghij', 4, 5)).toEqual(['abcdefghij']);
    expect(wrap('a abcdefghij b', 2, 5)).toEqual(['a', '  abcdefghij', '  b']);
    expect(wrap('')).toEqual(['']);
  });

  it('breaks a text line by line', () => {
    expect(wrapText('one\n\ntwo\n')).toEqual(['one', '', 'two']);
  });
});

describe('the pieces of a report', () => {
  it('has no heading without lines', () => {
    expect(section('Head', [])).toEqual([]);
    expect(section('Head', ['a', '', 'b'])).toEqual(['', 'Head', '  a', '', '  b']);
  });

  it('aligns columns but never pads for a very long cell', () => {
    expect(
      table([
        ['a', 'x'],
        ['bbb', 'y'],
      ]),
    ).toEqual(['a    x', 'bbb  y']);
    const long = 'p'.repeat(60);
    expect(
      table([
        [long, 'x'],
        ['b', 'y'],
      ]),
    ).toEqual([`${long}  x`, `b${' '.repeat(47)}  y`]);
    expect(table([['a\n', '']])).toEqual([String.raw`a\n`]);
  });

  it('says how much it left out', () => {
    expect(firstOf(['a', 'b'], 2)).toEqual(['a', 'b']);
    expect(firstOf(['a', 'b', 'c'], 1)).toEqual(['a', '… and 2 more']);
  });

  it.each([
    [400, '0.4 s'],
    [12_300, '12 s'],
    [59_700, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('writes numbers, times and commits as people read them', () => {
    expect([count(1, 'file'), count(12_000, 'token')]).toEqual(['1 file', '12,000 tokens']);
    expect(moment('2026-11-22T16:36:05.123Z')).toBe('2026-11-22 16:36 UTC');
    expect(short('0123456789abcdef')).toBe('0123456789ab');
  });
});
