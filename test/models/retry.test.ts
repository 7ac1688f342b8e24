import { describe, expect, test } from 'vitest';
import { ModelError } from '../../src/models/model-error.js';
import type { ModelFault } from '../../src/models/port.js';
import { pause, planRetries } from '../../src/models/retry.js';

const fault = (name: ModelFault, more: { retryAfterMs?: number; canRetry?: boolean } = {}): ModelError =>
  new ModelError({ fault: name, message: name, ...more });

describe('pauses', () => {
  test('double, and vary by at most a quarter', () => {
    const plan = planRetries(100);
    for (const expected of [100, 200, 400, 800]) {
      const ms = plan.next(fault('busy')) ?? 0;
      expect(ms).toBeGreaterThanOrEqual(expected * 0.75);
      expect(ms).toBeLessThanOrEqual(expected * 1.25);
    }
    expect(plan.next(fault('busy'))).toBeUndefined();
  });

  test('keep to what the server asked for, within reason', () => {
    expect(planRetries(1).next(fault('busy', { retryAfterMs: 5000 }))).toBe(5000);
    expect(planRetries(1).next(fault('busy', { retryAfterMs: 9_999_999 }))).toBe(60_000);
  });

  test('end at once when they are aborted, with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const waiting = pause(60_000, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(pause(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});

describe('how often', () => {
  test('different faults of one request have one limit together', () => {
    const plan = planRetries(0);
    const faults: ModelFault[] = ['busy', 'busy', 'busy', 'stream-cut', 'connection-lost', 'connection-lost'];
    expect(faults.map((name) => plan.next(fault(name)) !== undefined)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  test('a try that comes further than any before has its faults counted anew', () => {
    const plan = planRetries(0);
    const isAgain = (): boolean => plan.next(fault('connection-lost')) !== undefined;
    expect([isAgain(), isAgain()]).toEqual([true, true]);
    plan.note({ type: 'waiting', for: 'prompt' });
    expect([isAgain(), isAgain()]).toEqual([true, true]);
    // As far as before is no progress.
    plan.note({ type: 'waiting', for: 'load' });
    plan.note({ type: 'waiting', for: 'prompt' });
    expect(isAgain()).toBe(false);
    plan.note({ type: 'text', text: 'So' });
    expect(isAgain()).toBe(true);
  });

  test.each([
    [new Error('a defect'), false],
    [fault('silence'), false],
    [fault('runaway'), false],
    // Said to be worth another try, but no number of tries is known for it.
    [fault('bad-request', { canRetry: true }), false],
    [fault('server-error', { canRetry: true }), true],
    [fault('mid-stream-error'), true],
  ])('%s: again is %s', (error, again) => {
    expect(planRetries(0).next(error) !== undefined).toBe(again);
  });
});

test('an error carries its code, fault, remedy and exit code', () => {
  expect(fault('busy')).toMatchObject({ code: 'model-busy', exitCode: 5, remedy: undefined, canRetry: true });
  expect(fault('model-missing')).toMatchObject({ code: 'model-missing', canRetry: false });
});
