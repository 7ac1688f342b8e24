import { open, readdir, stat } from 'node:fs/promises';
import type { EngineEvent } from '../events.js';
import { partFile } from './event-log.js';
import { workerFolder } from './folders.js';

/** A place in a worker's event log. `offset` in bytes. */
export interface LogPosition {
  part: number;
  offset: number;
}

export const LOG_START: LogPosition = { part: 1, offset: 0 };

const PART = /^events\.(\d{1,9})\.ndjson$/;
const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

/** Where the log ends now: what is appended later comes after it. */
export async function findLogEnd(commonDir: string, key: string): Promise<LogPosition> {
  const part = (await listParts(commonDir, key)).at(-1);
  if (part === undefined) return LOG_START;
  const size = await stat(partFile(commonDir, key, part)).then(
    (found) => found.size,
    () => 0,
  );
  return { part, offset: size };
}

async function listParts(commonDir: string, key: string): Promise<number[]> {
  const names = await readdir(workerFolder(commonDir, key)).catch(() => []);
  const parts = names.map((name) => PART.exec(name)?.[1]).filter((part) => part !== undefined);
  return parts.map(Number).toSorted((a, b) => a - b);
}

export interface EventReader {
  /** The events that were appended since the last call, in order. Never throws. */
  read(): Promise<EngineEvent[]>;
}

/**
 * Reads a log that is being written. A line counts once it is complete; one that is broken is skipped, and so is what
 * was lost because this reader was two parts behind.
 */
export function createEventReader(commonDir: string, key: string, from: LogPosition): EventReader {
  let { part, offset } = from;
  let rest: Buffer = Buffer.alloc(0);

  /** All complete lines up to the end of the part as it is now. */
  const readPart = async (): Promise<string[]> => {
    const lines: string[] = [];
    for (;;) {
      const chunk = await readChunk(partFile(commonDir, key, part), offset);
      if (chunk.length === 0) return lines;
      offset += chunk.length;
      const joined = Buffer.concat([rest, chunk]);
      const end = joined.lastIndexOf(LINE_FEED) + 1;
      // Cut where a line ends, so never in the middle of a character.
      lines.push(...joined.subarray(0, end).toString('utf8').split('\n'));
      rest = joined.subarray(end);
    }
  };

  return {
    async read() {
      const lines: string[] = [];
      for (;;) {
        // Looked up before reading: a part that has a successor does not grow any more.
        const next = (await listParts(commonDir, key)).find((each) => each > part);
        lines.push(...(await readPart()));
        if (next === undefined) break;
        part = next;
        offset = 0;
        rest = Buffer.alloc(0);
      }
      return lines.flatMap(parseEvent);
    },
  };
}

async function readChunk(file: string, offset: number): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    // Not there yet, or busy for the moment (Windows): the next look will do.
    return Buffer.alloc(0);
  }
}

function parseEvent(line: string): EngineEvent[] {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? [value] : [];
  } catch {
    return [];
  }
}

/** The rest of its shape is as our own code wrote it: the folder of a worker of another format is not read. */
function isEvent(value: unknown): value is EngineEvent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    Object.hasOwn(TYPES, value.type)
  );
}

/** All types, as the compiler checks: an event that this version does not know would have no words. */
const TYPES: Record<EngineEvent['type'], true> = {
  queue: true,
  'task-started': true,
  stage: true,
  request: true,
  progress: true,
  retrying: true,
  reply: true,
  rejected: true,
  plan: true,
  committed: true,
  'check-started': true,
  'check-ended': true,
  verdict: true,
  dropped: true,
  notice: true,
  'plan-waits': true,
  'task-paused': true,
  'task-ended': true,
  'request-taken': true,
  'request-done': true,
  idle: true,
  settling: true,
  settled: true,
  unchanged: true,
  'file-problem': true,
  'server-away': true,
  'server-back': true,
  stopping: true,
  finished: true,
};
