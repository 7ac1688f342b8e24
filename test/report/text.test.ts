import { describe, expect, it } from 'vitest';
import { EXIT, NexusError } from '../../src/errors.js';
import { renderJson } from '../../src/report/json.js';
import { count, renderBytes, renderDuration } from '../../src/report/quantities.js';
import { errorDocument, renderDefect, renderError } from '../../src/report/render-error.js';
import { createStyle } from '../../src/report/style.js';
import { renderTable } from '../../src/report/table.js';
import { cutToWidth, loadMeasure, loadUnicodeMeasure } from '../../src/report/text-width.js';

describe('quantities', () => {
  it.each([
    [-5, '0.0 s'],
    [120, '0.1 s'],
    [949, '0.9 s'],
    [950, '1 s'],
    [59_400, '59 s'],
    [59_600, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [3_599_400, '59 min 59 s'],
    [3_599_600, '1 h 00 min'],
    [4_320_000, '1 h 12 min'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(renderDuration(ms)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_440, '1.4 kB'],
    [999_600, '1.0 MB'],
    [4_683_087_332, '4.7 GB'],
    [250_000_000_000, '250 GB'],
    [5e15, '5000 TB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(renderBytes(bytes)).toBe(text);
  });

  it('counts things', () => {
    expect([count(1, 'task'), count(2, 'task'), count(0, 'reply')]).toEqual([
      '1 task',
      '2 tasks',
      '0 replies',
    ]);
  });
});

describe('renderTable', () => {
  it('aligns columns by what they take on the screen', async () => {
    const rows = [
      [{ text: '漢字' }, { text: 'b' }],
      [{ text: 'abcdef' }, { text: 'c' }],
    ];
    expect(await renderTable(rows, undefined)).toBe('漢字    b\nabcdef  c');
  });

  it('cuts the last column to the terminal, and nothing in a pipe', async () => {
    const rows = [[{ text: 'id' }, { text: 'x'.repeat(100) }]];
    expect(await renderTable(rows, 40)).toHaveLength(40);
    expect(await renderTable(rows, 40)).toMatch(/x…$/u);
    expect(await renderTable(rows, undefined)).toHaveLength(104);
  });

  it('keeps a readable last column on a very narrow terminal', async () => {
    expect(await renderTable([[{ text: 'a'.repeat(30) }, { text: 'b'.repeat(50) }]], 10)).toContain(
      'b'.repeat(19),
    );
  });

  it('puts hostile text on one line without control characters, and colours outside the fill', async () => {
    const style = createStyle(true);
    const rows = [
      [{ text: 'a\n\u001B[2Jb', paint: style.good }, { text: 'x' }],
      [{ text: 'longer text' }, { text: 'y' }],
    ];
    expect(await renderTable(rows, undefined)).toBe(`${style.good('a b')}          x\nlonger text  y`);
  });
});

describe('cutToWidth', () => {
  it('never splits what is one character to a reader', async () => {
    const measure = await loadUnicodeMeasure();
    expect(cutToWidth('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5, measure)).toBe('👩‍👩‍👧👩‍👩‍👧…');
    expect(cutToWidth('abc', 0, measure)).toBe('');
    expect(cutToWidth('abc', 3, measure)).toBe('abc');
  });

  it('measures as much as the texts need', async () => {
    expect((await loadMeasure(['abc', 'def']))('abc')).toBe(3);
    expect((await loadMeasure(['abc', '漢字']))('漢字')).toBe(4);
  });
});

describe('renderJson', () => {
  it('escapes the controls that JSON would let through and changes no value', () => {
    const value = { text: 'a\u009B31m\u007F\u001B[2J' };
    const json = renderJson(value);
    expect(json).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(json)).toEqual(value);
  });
});

describe('errors', () => {
  const error = new NexusError({
    code: 'some-code',
    message: 'It broke\u001B[2J.',
    remedy: 'Do this\nthen that',
    exitCode: EXIT.config,
  });

  it('say what happened and under it what to do', () => {
    expect(renderError(error)).toBe('error: It broke.\n  → Do this\n    then that');
    const bare = new NexusError({ code: 'x', message: 'No remedy.', exitCode: EXIT.usage });
    expect(renderError(bare)).toBe('error: No remedy.');
  });

  it('are one document for programs', () => {
    expect(errorDocument(error)).toEqual({
      type: 'error',
      error: { code: 'some-code', message: error.message, remedy: 'Do this\nthen that', exitCode: 3 },
    });
    const bare = new NexusError({ code: 'x', message: 'No remedy.', exitCode: EXIT.usage });
    expect(errorDocument(bare).error.remedy).toBeNull();
  });

  it('of Nexus itself keep their stack', () => {
    const text = renderDefect(new TypeError('boom'), '1.2.3');
    expect(text).toContain('nexus 1.2.3');
    expect(text).toContain('TypeError: boom');
    expect(text).toContain('text.test.ts');
    expect(renderDefect('a text was thrown', '1.2.3')).toContain('a text was thrown');
  });
});
