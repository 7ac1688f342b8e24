import type { PullProgress } from '../models/port.js';

/** How fast a download is. */
export interface Pace {
  bytesPerSecond: number;
  secondsLeft: number;
}

/** The time over which the speed is taken, in ms: long enough to be steady, short enough to follow the line. */
const WINDOW_MS = 15_000;
/** Before this a speed would be a guess. */
const LEAST_MS = 2000;

/**
 * Takes the progress of one download, and tells its speed and the time left; undefined while there is no basis. What was
 * there when it began does not count, nor does a part that starts anew.
 * @param now a clock in ms
 */
export function createPace(now: () => number): (progress: PullProgress) => Pace | undefined {
  let samples: { at: number; bytes: number }[] = [];
  return ({ completedBytes, totalBytes }) => {
    if (completedBytes === undefined || totalBytes === undefined) return undefined;
    const at = now();
    const last = samples.at(-1);
    if (last !== undefined && completedBytes < last.bytes) samples = [];
    samples.push({ at, bytes: completedBytes });
    // The last one that is older stays: the window begins with it.
    const start = samples.findLastIndex((sample) => at - sample.at >= WINDOW_MS);
    if (start > 0) samples.splice(0, start);
    const first = samples[0];
    if (first === undefined || at - first.at < LEAST_MS || completedBytes <= first.bytes) return undefined;
    const bytesPerSecond = ((completedBytes - first.bytes) / (at - first.at)) * 1000;
    return { bytesPerSecond, secondsLeft: Math.max(0, totalBytes - completedBytes) / bytesPerSecond };
  };
}
