import { open, truncate, writeFile } from 'node:fs/promises';

/** Of the log, in bytes: it is cut when it is longer than the first, down to the last lines of the second. */
const LONGEST = 1024 * 1024;
const KEPT = 256 * 1024;

/** Enough of the end to find the last line of ours, unless a run has written pages behind it. In bytes. */
const LOOKED_AT = 64 * 1024;

/** What a hook last led to. */
export interface LastTrigger {
  at: string;
  hook: string;
  what: string;
}

/** One line of the log about a hook that fired. */
export function renderTrigger({ at, hook, what }: LastTrigger): string {
  return `${at} ${hook}: ${what}`;
}

/**
 * Cuts a log that has grown too long. It stays the same file, since running processes append to it.
 * @throws what the file system says
 */
export async function boundHookLog(path: string): Promise<void> {
  const end = await readEnd(path, KEPT);
  if (end.size <= LONGEST) return;
  await truncate(path);
  await writeFile(path, end.text.slice(end.text.indexOf('\n') + 1), { flag: 'a' });
}

/** The last hook that fired and asked for something; undefined when the log has none. */
export async function readLastTrigger(path: string): Promise<LastTrigger | undefined> {
  const { text } = await readEnd(path, LOOKED_AT).catch(() => ({ text: '' }));
  for (const line of text.split('\n').toReversed()) {
    const [, at, hook, what] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (post-[a-z]+): (.*)$/.exec(line) ?? [];
    if (at !== undefined && hook !== undefined && what !== undefined) return { at, hook, what };
  }
  return undefined;
}

async function readEnd(path: string, bytes: number): Promise<{ text: string; size: number }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytes);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return { text: buffer.toString('utf8', 0, bytesRead), size };
  } finally {
    await file.close();
  }
}
