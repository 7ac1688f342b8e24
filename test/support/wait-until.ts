import { setTimeout as wait } from 'node:timers/promises';

/** Waits for a condition, and says what it waited for when it does not come within `ms`. */
export async function waitUntil(
  isSo: () => boolean | Promise<boolean>,
  what: () => string,
  ms = 15_000,
): Promise<void> {
  const until = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > until) throw new Error(`waited ${ms} ms for ${what()}`);
    await wait(10);
  }
}
