import { mkdirSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineEvent } from '../events.js';
import { workerFolder } from './folders.js';

/** What a worker tells, for the processes that follow it. */
export interface EventLog {
  /** Returns at once and never throws: what can't be written (a full disk) is dropped. */
  append(event: EngineEvent): void;
  /** Everything is in the file then, as far as it could be written. */
  close(): Promise<void>;
}

/** A new part begins after so many bytes. The one before it is kept for who still reads it, older ones go. */
const PART_BYTES = 8_000_000;
/** Enough for a line of a log and to see that a worker lives, in ms. */
const PROGRESS_EVERY_MS = 1_000;

export function partFile(commonDir: string, key: string, part: number): string {
  return join(workerFolder(commonDir, key), `events.${part}.ndjson`);
}

/** The events of the worker with this key, one JSON document per line, in parts. */
export function openEventLog(commonDir: string, key: string, partBytes = PART_BYTES): EventLog {
  const pending: string[] = [];
  const place: Place = { part: 1, bytes: 0, cut: false };
  let waiting = 0;
  let lastProgress = -Infinity;
  let flushing: Promise<void> | undefined;
  makeFolder(workerFolder(commonDir, key));

  const flush = async (): Promise<void> => {
    while (pending.length > 0) {
      const text = pending.splice(0).join('');
      waiting = 0;
      await appendTo(commonDir, key, place, text);
      if (place.bytes >= partBytes) await beginPart(commonDir, key, place);
    }
    flushing = undefined;
  };

  return {
    append(event) {
      if (event.type === 'progress') {
        const now = performance.now();
        if (now - lastProgress < PROGRESS_EVERY_MS) return;
        lastProgress = now;
      }
      const line = `${JSON.stringify(event)}\n`;
      // A disk that does not answer must not fill the memory.
      if (waiting + line.length > PART_BYTES) return;
      waiting += line.length;
      pending.push(line);
      flushing ??= flush();
    },
    async close() {
      await flushing;
    },
  };
}

interface Place {
  part: number;
  bytes: number;
  /** The last write failed and may have left the beginning of a line. */
  cut: boolean;
}

/** Only here: once the repository has been deleted, nothing of it may come back. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    // Then nothing can be written, either, and each event is dropped.
  }
}

async function appendTo(commonDir: string, key: string, place: Place, text: string): Promise<void> {
  try {
    const data = Buffer.from(place.cut ? `\n${text}` : text);
    await appendFile(partFile(commonDir, key, place.part), data);
    place.bytes += data.length;
    place.cut = false;
  } catch {
    place.cut = true;
  }
}

async function beginPart(commonDir: string, key: string, place: Place): Promise<void> {
  Object.assign(place, { part: place.part + 1, bytes: 0, cut: false });
  // At once, for readers: that the next part exists is how they know that this one is complete.
  await appendFile(partFile(commonDir, key, place.part), '').catch(() => undefined);
  await rm(partFile(commonDir, key, place.part - 2), { force: true }).catch(() => undefined);
}
