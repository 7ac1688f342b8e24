import { setTimeout as wait } from 'node:timers/promises';
import { createPlatform, type Platform } from '../../platform.js';
import type { EngineEvent } from '../events.js';
import { createLifeCheck } from './lock.js';
import { createEventReader, type LogPosition } from './read-events.js';

const POLL_MS = 150;
/** Between two looks whether the worker still lives, in ms. */
const LIFE_MS = 500;

export interface FollowOptions {
  from: LogPosition;
  signal: AbortSignal;
  /** Asked for each event, in order; true ends following. */
  onEvent: (event: EngineEvent) => boolean;
  /** Asked between looks; true ends following. */
  isDone?: () => Promise<boolean>;
  platform?: Platform;
}

/**
 * Follows what the worker with this key tells, until `onEvent` or `isDone` says so or the worker has gone; all that it
 * told to its end comes before `gone`.
 * @throws the reason of `signal`
 */
export async function followEvents(
  commonDir: string,
  key: string,
  { from, signal, onEvent, isDone, platform = createPlatform() }: FollowOptions,
): Promise<'done' | 'gone'> {
  const reader = createEventReader(commonDir, key, from);
  const isAlive = createLifeCheck(commonDir, key, platform);
  let looked = -Infinity;
  for (;;) {
    signal.throwIfAborted();
    const now = performance.now();
    const looks = now - looked >= LIFE_MS;
    // Before reading: what a worker told before it left is there when it has left.
    const gone = looks && !(await isAlive());
    if (looks) looked = now;
    for (const event of await reader.read()) if (onEvent(event)) return 'done';
    if ((await isDone?.()) === true) return 'done';
    if (gone) return 'gone';
    await pause(POLL_MS, signal);
  }
}

/** @throws the reason of `signal` */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}
