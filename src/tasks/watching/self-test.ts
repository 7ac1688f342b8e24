import { watch, type FSWatcher } from 'node:fs';
import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Events come within a few ms; macOS takes up to half a second until a new watch has begun. */
const PATIENCE_MS = 1500;
const WRITE_EVERY_MS = 150;

/**
 * Whether the system tells of writes to `folder`: writes a file there, some times, until an event comes. Undefined when
 * it can't be tried (nothing can be written, no watch is to be had). The file is removed again.
 */
export async function seesOwnWrites(folder: string, patienceMs = PATIENCE_MS): Promise<boolean | undefined> {
  const probe = join(folder, `watch-probe-${process.pid}-${Math.random().toString(36).slice(2, 10)}`);
  let watcher: FSWatcher;
  let seen: boolean | undefined = false;
  const done = new AbortController();
  try {
    watcher = watch(folder, () => {
      seen = true;
      done.abort();
    });
  } catch {
    return undefined;
  }
  watcher.on('error', () => {
    seen = undefined;
    done.abort();
  });
  try {
    const end = performance.now() + patienceMs;
    while (!done.signal.aborted && performance.now() < end) {
      await writeFile(probe, String(performance.now()));
      await wait(WRITE_EVERY_MS, undefined, { signal: done.signal }).catch(() => undefined);
    }
    return seen;
  } catch {
    return undefined;
  } finally {
    watcher.close();
    await unlink(probe).catch(() => undefined);
  }
}
