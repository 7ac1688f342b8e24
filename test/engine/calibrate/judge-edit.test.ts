import { describe, expect, it } from 'vitest';
import { CALIBRATION_EDITS } from '../../../src/engine/calibrate/edits/all.js';
import type { CalibrationEdit } from '../../../src/engine/calibrate/edits/edit.js';
import { isRight, splitAtPlaces } from '../../../src/engine/calibrate/judge-edit.js';
import { CALIBRATION_PLANS } from '../../../src/engine/calibrate/measure-plan.js';
import { loadParsers } from '../../../src/syntax/load-parsers.js';
import { answerOf, WRONG } from './answers.js';

const byId = (id: string): CalibrationEdit => {
  const edit = CALIBRATION_EDITS.find((each) => each.id === id);
  if (edit === undefined) throw new Error(`no edit ${id}`);
  return edit;
};

describe('the built-in edits', () => {
  it('are a dozen with names of their own, in four languages', () => {
    expect(CALIBRATION_EDITS).toHaveLength(12);
    expect(new Set(CALIBRATION_EDITS.map(({ id }) => id)).size).toBe(12);
    expect(new Set(CALIBRATION_EDITS.map(({ path }) => path.split('.').at(-1))).size).toBe(4);
    expect(CALIBRATION_PLANS).toHaveLength(3);
  });

  it.each(CALIBRATION_EDITS)('$id is small, and its texts parse before and after', async (edit) => {
    const lines = edit.text.split('\n').length;
    expect(lines).toBeGreaterThan(20);
    expect(lines).toBeLessThan(60);
    const parser = (await loadParsers([edit.path])).parserFor(edit.path);
    for (const text of [edit.text, answerOf(edit)]) expect(parser?.parse(text)?.faults).toEqual([]);
  });

  it.each(CALIBRATION_EDITS)('$id has each of its places once', (edit) => {
    const texts = edit.places.map(({ old }) => old);
    for (const old of texts) expect(edit.text.split(old)).toHaveLength(2);
    expect(splitAtPlaces(edit)).toHaveLength(edit.places.length + 1);
  });
});

describe('isRight', () => {
  it.each(CALIBRATION_EDITS)('$id: takes the right text, not the old one', (edit) => {
    expect(isRight(edit, answerOf(edit))).toBe(true);
    expect(isRight(edit, edit.text)).toBe(false);
  });

  it.each(CALIBRATION_EDITS)('$id: refuses what it changes besides', (edit) => {
    const right = answerOf(edit);
    expect(isRight(edit, `${right}x\n`)).toBe(false);
    expect(isRight(edit, ` ${right}`)).toBe(false);
    const word =
      /\b(?:class|package|import|SECONDS|const TAX|interface|function sum)\b/u.exec(right)?.[0] ?? '';
    expect(word).not.toBe('');
    expect(isRight(edit, right.replace(word, `${word}X`))).toBe(false);
  });

  it.each(CALIBRATION_EDITS)('$id: refuses a near miss', (edit) => {
    const wrong = WRONG[edit.id] ?? [];
    expect(wrong.length).toBeGreaterThan(0);
    for (const [from, to] of wrong) {
      const text = answerOf(edit).replace(from, to);
      expect(text).not.toBe(answerOf(edit));
      expect(isRight(edit, text)).toBe(false);
    }
  });

  it('overlooks spacing, quotes, braces round one statement, comments and last commas', () => {
    const guard = answerOf(byId('add-guard'));
    const line = 'if (values.length === 0) return 0;';
    for (const other of [
      'if (values.length === 0) {\n    return 0;\n  }\n',
      'if (!values.length) return 0; // nothing',
      '// Nothing has no average.\n  if (values.length < 1) return 0',
    ])
      expect(isRight(byId('add-guard'), guard.replace(line, other))).toBe(true);
    const names = answerOf(byId('add-parameter'));
    expect(
      isRight(byId('add-parameter'), names.replace("separator: string = ', '", 'separator = ", "')),
    ).toBe(true);
    const entry = answerOf(byId('add-entry'));
    expect(isRight(byId('add-entry'), entry.replace('86400,\n', '86400\n'))).toBe(true);
  });

  it.each(CALIBRATION_EDITS)('$id: overlooks blank lines', (edit) => {
    const right = answerOf(edit);
    expect(isRight(edit, right.replaceAll(/\n\n+/gu, '\n'))).toBe(true);
    expect(isRight(edit, right.replaceAll('\n', '\n  \n'))).toBe(true);
  });

  it('takes indentation seriously where it is syntax', () => {
    const edit = byId('add-entry');
    const wrong = answerOf(edit).replace('    "d"', '"d"');
    expect(isRight(edit, wrong)).toBe(false);
  });
});
