import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { placeOf } from '../../../src/models/embedded/faults.js';
import { startTimeLimits } from '../../../src/models/embedded/time-limits.js';
import { faultOf, LIMITS } from '../chat-support.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const start = (limits: Partial<typeof LIMITS>) => {
  const stop = new AbortController();
  return { stop, limits: startTimeLimits({ ...LIMITS, ...limits }, stop, placeOf('a.gguf')) };
};

test('the first token has its limit, each further piece its own, and the whole one for all', () => {
  const { stop, limits } = start({ firstTokenMs: 1000, silenceMs: 100, requestMs: 5000 });
  vi.advanceTimersByTime(900);
  limits.onPiece();
  vi.advanceTimersByTime(90);
  limits.onPiece();
  expect(stop.signal.aborted).toBe(false);
  vi.advanceTimersByTime(100);
  expect(faultOf(stop.signal.reason)).toBe('silence');
  expect(String(stop.signal.reason)).toContain('the limit is 0.1 s');
});

test('nothing is left of them once they are cleared, whatever comes after', () => {
  const { stop, limits } = start({});
  limits.onPiece();
  limits.clear();
  limits.onPiece();
  expect(vi.getTimerCount()).toBe(0);
  expect(stop.signal.aborted).toBe(false);
});

test('there need not be any, and no limit is too long for a timer', () => {
  const none = Number.POSITIVE_INFINITY;
  start({ firstTokenMs: none, silenceMs: none, requestMs: none });
  expect(vi.getTimerCount()).toBe(0);
  const { stop } = start({ firstTokenMs: 2 ** 40, requestMs: 2 ** 40 });
  vi.advanceTimersByTime(1000);
  expect(stop.signal.aborted).toBe(false);
});
