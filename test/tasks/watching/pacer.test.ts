import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPacer } from '../../../src/tasks/watching/pacer.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Work that a test ends, with what it resolves to. */
function scriptedWork(): {
  work: () => Promise<number | undefined>;
  end: (next?: number) => Promise<void>;
  runs: number[];
} {
  const runs: number[] = [];
  let resolve: ((next: number | undefined) => void) | undefined;
  const begun = performance.now();
  return {
    runs,
    work: () => {
      runs.push(Math.round(performance.now() - begun));
      return new Promise((done) => (resolve = done));
    },
    async end(next) {
      resolve?.(next);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

test('runs within the shortest time that was asked for', async () => {
  const { work, runs, end } = scriptedWork();
  const pacer = createPacer(work);
  pacer.wake(500);
  pacer.wake(100);
  pacer.wake(300);
  await vi.advanceTimersByTimeAsync(100);
  expect(runs).toEqual([100]);
  await end();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(runs).toEqual([100]);
});

test('never runs twice at a time; what is asked for meanwhile runs once, afterwards', async () => {
  const { work, runs, end } = scriptedWork();
  const pacer = createPacer(work);
  pacer.wake(0);
  await vi.advanceTimersByTimeAsync(0);
  for (let n = 0; n < 5; n += 1) pacer.wake(n);
  await vi.advanceTimersByTimeAsync(1000);
  expect(runs).toEqual([0]);
  await end(400);
  await vi.advanceTimersByTimeAsync(0);
  expect(runs).toEqual([0, 1000]);
  await end(400);
  await vi.advanceTimersByTimeAsync(400);
  expect(runs).toEqual([0, 1000, 1400]);
});

test('a run that hangs is told once, and nothing starts beside it', async () => {
  const { work, runs, end } = scriptedWork();
  const onHang = vi.fn<() => void>();
  const pacer = createPacer(work, { hangMs: 50, onHang });
  pacer.wake(0);
  await vi.advanceTimersByTimeAsync(0);
  pacer.wake(0);
  await vi.advanceTimersByTimeAsync(1000);
  expect([onHang.mock.calls.length, runs.length]).toEqual([1, 1]);
  await end();
  await vi.advanceTimersByTimeAsync(0);
  await end();
  await vi.advanceTimersByTimeAsync(1000);
  expect([onHang.mock.calls.length, runs.length]).toEqual([1, 2]);
});

test('after stop nothing starts and nothing is told, also when work is under way', async () => {
  const { work, runs, end } = scriptedWork();
  const onHang = vi.fn<() => void>();
  const pacer = createPacer(work, { hangMs: 50, onHang });
  pacer.wake(0);
  await vi.advanceTimersByTimeAsync(0);
  pacer.wake(10);
  pacer.stop();
  await vi.advanceTimersByTimeAsync(100);
  await end(5);
  pacer.wake(0);
  await vi.advanceTimersByTimeAsync(1000);
  expect([onHang.mock.calls.length, runs.length, vi.getTimerCount()]).toEqual([0, 1, 0]);
});
