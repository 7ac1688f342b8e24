import { describe, expect, test } from 'vitest';
import { findPromptCut } from '../../src/models/prompt-cut.js';
import { createTokenMeter, estimateTokens } from '../../src/models/token-estimate.js';

describe('estimateTokens', () => {
  const text = 'x'.repeat(1000);
  test.each([
    ['.ts', 264],
    ['ts', 264],
    ['.PY', 239],
    ['.go', 313],
    ['.json', 435],
    ['.md', 278],
    ['.zig', 334],
    [undefined, 334],
    ['constructor', 334],
  ])('by extension %s', (extension, tokens) => {
    expect(estimateTokens(text, extension)).toBe(tokens);
  });

  test('each character outside ASCII is a token', () => {
    expect(estimateTokens('日本語')).toBe(3);
    expect(estimateTokens('')).toBe(0);
  });
});

describe('a meter', () => {
  test('adds the template and a margin', () => {
    expect(createTokenMeter().estimate(['x'.repeat(300), { text: 'x'.repeat(380), extension: 'ts' }])).toBe(
      Math.ceil((100 + 100 + 16) * 1.1),
    );
  });

  test('comes near to what the server counts, and stays a margin above', () => {
    const meter = createTokenMeter();
    const parts = ['x'.repeat(9000)];
    const actual = 4200;
    for (let turn = 0; turn < 12; turn += 1) meter.learn(meter.estimate(parts), actual);
    expect(meter.estimate(parts) / actual).toBeGreaterThan(1.05);
    expect(meter.estimate(parts) / actual).toBeLessThan(1.12);
  });

  test('one odd reply moves it only a part of the way, and none beyond its bounds', () => {
    const meter = createTokenMeter();
    const before = meter.estimate(['x'.repeat(3000)]);
    meter.learn(before, before * 100);
    expect(meter.estimate(['x'.repeat(3000)]) / before).toBeCloseTo(1.4, 1);
    for (let turn = 0; turn < 30; turn += 1) meter.learn(100, 100_000);
    expect(meter.estimate(['x'.repeat(3000)]) / before).toBeLessThanOrEqual(2.01);
    for (let turn = 0; turn < 30; turn += 1) meter.learn(100_000, 100);
    expect(meter.estimate(['x'.repeat(3000)]) / before).toBeGreaterThanOrEqual(0.59);
  });

  test('learns nothing from unknown, tiny or impossible figures', () => {
    const meter = createTokenMeter(1.5);
    const before = meter.estimate(['text']);
    meter.learn(1000, undefined);
    meter.learn(1000, 10);
    meter.learn(0, 1000);
    expect(meter.estimate(['text'])).toBe(before);
  });
});

describe('a prompt that the server cut', () => {
  const window = 16_384;
  test.each([
    ['it fills the window', 16_384, 12_000, true],
    ['it fills the window though the estimate was small', 16_384, 900, true],
    ['half of the window, as measured', 8195, 12_000, true],
    ['half of the window, with an estimate that is too low', 8195, 10_300, true],
    ['a few old messages left, of far more than the window', 7000, 20_000, true],
    ['a few old messages left, of much', 3000, 9000, true],
    ['the estimate was right', 11_000, 12_000, false],
    ['the estimate was twice too high', 6000, 12_000, false],
    ['the estimate was twice too low', 12_000, 6000, false],
    ['a small prompt with a bad estimate', 100, 900, false],
    ['just below half of the window', 8191, 12_000, false],
    ['half of the window by chance', 8195, 9000, false],
    ['the server does not say', undefined, 12_000, false],
  ])('%s', (_, readTokens, estimatedTokens, isCut) => {
    const cut = findPromptCut({ readTokens, estimatedTokens, contextTokens: window });
    expect(cut !== undefined).toBe(isCut);
  });
});
