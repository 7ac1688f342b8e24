import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { giveMemoryBack } from '../../src/engine/watch/give-memory-back.js';

/** What the last task left, as far as V8 has not looked at it again. */
function leaveGarbage(): WeakRef<object> {
  return new WeakRef({ text: 'x'.repeat(1000) });
}

describe('giveMemoryBack', () => {
  it('collects what nobody holds any more, as often as it is called', async () => {
    for (let time = 0; time < 2; time += 1) {
      const left = leaveGarbage();
      // A weak reference holds what it was asked for until the current work is over.
      await wait(1);
      giveMemoryBack();
      expect(left.deref()).toBeUndefined();
    }
  });
});
