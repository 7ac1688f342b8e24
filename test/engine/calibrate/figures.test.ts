import { describe, expect, it } from 'vitest';
import type { Calibration, EditResult } from '../../../src/engine/calibrate/calibration.js';
import { expectByCalibration, usableContext } from '../../../src/engine/calibrate/expect-answer.js';
import {
  readingSpeed,
  sumFormats,
  tokenFactor,
  usualAnswer,
  writingSpeed,
} from '../../../src/engine/calibrate/figures.js';
import { expectDuration } from '../../../src/engine/request-times.js';

function result(more: Partial<EditResult> = {}): EditResult {
  return {
    format: 'whole-file',
    edit: 'a',
    outcome: 'right',
    estimatedTokens: 500,
    promptTokens: 400,
    readTokens: 400,
    answerTokens: 100,
    answerIsEstimate: false,
    readMs: 2000,
    writeMs: 5000,
    totalMs: 7000,
    timedBy: 'server',
    ...more,
  };
}

function calibration(edits: EditResult[], more: Partial<Calibration> = {}): Calibration {
  return {
    v: 1,
    basis: 'b',
    nexus: '1',
    measuredAt: '2026-11-23T05:00:00.000Z',
    backend: { kind: 'ollama' },
    model: { name: 'm' },
    think: 'off',
    edits,
    plans: [],
    context: { configured: 8192, because: '', tried: 500 },
    ...more,
  };
}

describe('the sums of a calibration', () => {
  it('are by format, in the usual order', () => {
    const edits = [
      result({ format: 'unified-diff', outcome: 'refused', answerIsEstimate: true }),
      result(),
      result({ outcome: 'wrong', answerTokens: undefined }),
    ];
    expect(sumFormats(edits)).toMatchObject([
      {
        format: 'whole-file',
        asked: 2,
        applied: 2,
        right: 1,
        tokens: 100,
        tokensAreEstimate: false,
        ms: 14_000,
      },
      { format: 'unified-diff', asked: 1, applied: 0, right: 0, tokens: 100, tokensAreEstimate: true },
    ]);
  });

  it('leave what was known of a prompt out of the reading speed', () => {
    const known = result({ readTokens: 100, readMs: 100 });
    expect(readingSpeed(calibration([result(), known]))).toEqual({ tokensPerSecond: 200, timedBy: 'server' });
    expect(readingSpeed(calibration([known]))).toEqual({ tokensPerSecond: undefined, timedBy: undefined });
  });

  it('are by our clock only where no server told the time', () => {
    const clock = result({ timedBy: 'clock', writeMs: 50_000, readMs: undefined });
    expect(writingSpeed(calibration([clock]))).toEqual({ tokensPerSecond: 2, timedBy: 'clock' });
    expect(writingSpeed(calibration([clock, result()]))).toEqual({ tokensPerSecond: 20, timedBy: 'server' });
    expect(readingSpeed(calibration([clock])).tokensPerSecond).toBeUndefined();
    const few = result({ answerTokens: 3 });
    expect(writingSpeed(calibration([few])).tokensPerSecond).toBeUndefined();
  });

  it('take the densest prompt for the estimate of tokens', () => {
    expect(tokenFactor(calibration([result(), result({ promptTokens: 450 })]))).toBe(0.9);
    expect(tokenFactor(calibration([result({ promptTokens: 10 })]))).toBeUndefined();
    expect(tokenFactor(undefined)).toBeUndefined();
  });

  it('take the middle one for the usual answer', () => {
    const answers = [10, 500, 30].map((answerTokens) => result({ answerTokens }));
    expect(usualAnswer(answers)).toBe(30);
    expect(usualAnswer([])).toBeUndefined();
  });
});

describe('what is expected by them', () => {
  const request = { model: 'm', purpose: 'code' as const, estimatedTokens: 1000 };

  it('is the time of a request, as long as the run knows none of its own', () => {
    // 1,000 tokens at 200 a second, 100 at 20.
    expect(expectDuration([], request, calibration([result()]))).toBe(10_000);
    expect(expectDuration([], { ...request, purpose: 'plan' }, calibration([result()]))).toBeUndefined();
    expect(expectByCalibration(undefined, request)).toEqual({ readMs: undefined, writeMs: undefined });
  });

  it('is a context that fits', () => {
    const fits = (tokens: number | undefined): Calibration =>
      calibration([], {
        context: {
          configured: 8192,
          because: '',
          tried: 0,
          ...(tokens === undefined ? {} : { fits: tokens }),
        },
      });
    expect(usableContext(8192, fits(6144))).toBe(6144);
    expect(usableContext(8192, fits(32_768))).toBe(8192);
    // A sum that went wrong must not make every task fail.
    expect(usableContext(8192, fits(512))).toBe(8192);
    expect(usableContext(8192, fits(undefined))).toBe(8192);
    expect(usableContext(8192, undefined)).toBe(8192);
  });
});
