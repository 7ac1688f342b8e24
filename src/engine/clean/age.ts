import { lstat } from 'node:fs/promises';

/** What is asked of the age of things. */
export interface AgeRule {
  /** ms since 1970. */
  now: number;
  /** What has not changed for so long is old, in ms. */
  olderThanMs: number;
}

/**
 * Whether a time (ms since 1970) is long enough ago. An unknown time is not. What seems to come from the future, because
 * the clock was set back since, is as new as can be: the time it has really been there is not known.
 */
export function isOld(at: number | undefined, { now, olderThanMs }: AgeRule): boolean {
  if (at === undefined || Number.isNaN(at)) return false;
  return Math.max(0, now - at) >= olderThanMs;
}

/** When a file or folder last changed, in ms since 1970; undefined when there is none. */
export async function changeTime(path: string): Promise<number | undefined> {
  return lstat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
