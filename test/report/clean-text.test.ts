import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanDeep, cleanLine, cleanStyled, cleanText } from '../../src/report/clean-text.js';
import { createStyle } from '../../src/report/style.js';

const ESC = '\u001B';

describe('cleanText', () => {
  it.each([
    ['moves the cursor', `a${ESC}[2Jb`, 'ab'],
    ['sets the title', `a${ESC}]0;owned\u0007b`, 'ab'],
    ['makes a link', `${ESC}]8;;http://x\u0007text${ESC}]8;;\u0007`, 'text'],
    ['uses a C1 introducer', 'a\u009B31mb', 'ab'],
    ['overwrites the line', 'harmless\rEVIL', 'harmlessEVIL'],
    ['rings and deletes', 'a\u0007\u0008\u007Fb', 'ab'],
    ['hides colour', `${ESC}[8mhidden${ESC}[0m`, 'hidden'],
  ])('takes away what %s', (_, text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });

  it('keeps letters, tabs and line ends, and makes CRLF one line end', () => {
    expect(cleanText('é\t漢字 👩‍👩‍👧\r\nb')).toBe('é\t漢字 👩‍👩‍👧\nb');
  });

  it('shows characters that reorder what is read', () => {
    expect(cleanText('if (admin\u202E)')).toBe('if (admin<U+202E>)');
  });

  it('lets no control character through, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(cleanText(text)).not.toMatch(/[^\P{Cc}\t\n]/u);
        expect(cleanLine(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('cleanStyled', () => {
  it('keeps our own colours and no other sequence', () => {
    const style = createStyle(true);
    const text = `${style.good('fine')} ${style.strong('x')} ${ESC}[5mblink${ESC}[2J`;
    expect(cleanStyled(text)).toBe(`${style.good('fine')} ${style.strong('x')} blink`);
  });

  it('is not misled by another control character before what looks like a colour', () => {
    expect(cleanStyled('\u009B[31mred')).not.toMatch(/\p{Cc}/u);
  });

  it('lets nothing but our colours through, whatever comes', () => {
    const pieces = fc.constantFrom(ESC, '[', '31', ';', 'm', ']0;', '\u0007', 'a', '\u009B', '8', '\n');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const rest = cleanStyled(parts.join('')).replaceAll(/\p{Cc}\[(?:1|2|22|31|32|33|36|39)m/gu, '');
        expect(rest).not.toMatch(/[^\P{Cc}\n]/u);
      }),
    );
  });
});

it('cleanDeep cleans every text of a value and leaves the rest', () => {
  const value = { a: [`x${ESC}[2J`, 1, null], b: { c: `y\u0007`, d: true }, e: undefined };
  expect(cleanDeep(value)).toEqual({ a: ['x', 1, null], b: { c: 'y', d: true }, e: undefined });
});
