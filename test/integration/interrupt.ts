import { expect } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.js';
import type { RunSettings, Scene } from './scene.js';

/** Interrupts a run at the first event of which `isTime` is true. */
export async function interruptAt(
  scene: Scene,
  isTime: (event: EngineEvent) => boolean,
  settings: RunSettings = {},
): Promise<void> {
  const controller = new AbortController();
  const stopped = scene.run({
    ...settings,
    signal: controller.signal,
    onEvent: (event) => {
      if (isTime(event)) controller.abort(new Error('Ctrl-C'));
    },
  });
  await expect(stopped).rejects.toThrow('Ctrl-C');
}
