import { setTimeout as wait } from 'node:timers/promises';

import { hasCode } from '../errors.js';

const HELD = ['EPERM', 'EACCES', 'EBUSY'];
const RETRIES = 10;
const WAIT_MS = 5;

/**
 * On Windows a file can't be renamed or removed for the moment in which another process (a virus scanner, too) reads it:
 * tried again for about a quarter of a second. Elsewhere a refusal is one.
 */
export async function retryWhileHeld<T>(act: () => Promise<T>, system = process.platform): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (system !== 'win32' || tries > RETRIES || !HELD.some((code) => hasCode(error, code))) throw error;
      await wait(WAIT_MS * tries);
    }
  }
}

/** The same for what must not be interrupted by anything. */
export function retryWhileHeldSync(act: () => void, system = process.platform): void {
  for (let tries = 1; ; tries += 1) {
    try {
      act();
      return;
    } catch (error) {
      if (system !== 'win32' || tries > RETRIES || !HELD.some((code) => hasCode(error, code))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS * tries);
    }
  }
}

/**
 * Writes a file as a whole or not at all, also when the power fails in between (not so with `fsync: false`). `mode` is
 * that of a new file.
 * @throws what the file system says
 */
export async function writeAtomically(
  file: string,
  content: string | Buffer,
  options: { fsync?: boolean; mode?: number } = {},
): Promise<void> {
  // Loaded when first needed: reading commands write nothing, and loading takes time.
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await retryWhileHeld(() => writeFileAtomic(file, content, options));
}
