import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTimeLimit } from '../../src/engine/time-limit.js';

afterEach(() => void vi.useRealTimers());

describe('the time of a task', () => {
  it('runs only while the task is worked on', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const time = createTimeLimit(1);
    time.start();
    time.start();
    vi.advanceTimersByTime(40_000);
    time.stop();
    vi.advanceTimersByTime(3_600_000);
    time.assertTimeLeft();
    time.start();
    vi.advanceTimersByTime(19_999);
    time.assertTimeLeft();
    vi.advanceTimersByTime(1);
    expect(() => time.assertTimeLeft()).toThrow('The task took longer than 1 minutes (`limits.minutes`).');
    time.stop();
    expect(() => time.assertTimeLeft()).toThrow(expect.objectContaining({ code: 'limit-reached' }));
  });
});
