import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { EXIT, messageOf, NexusError } from '../errors.js';
import { readToEnd } from '../report/terminal.js';
import type { CommandContext } from './context.js';

/** Longer than any model's answer. In bytes. */
const LONGEST_REPLY = 16 * 1024 * 1024;

/**
 * The text of a reply that a person saved, or with `-` pipes or pastes: UTF-8, or UTF-16 with a byte order mark, as
 * PowerShell writes it.
 * @throws NexusError `reply-unreadable`; the reason of the context's signal
 */
export async function loadReply(context: CommandContext, name: string): Promise<string> {
  const bytes = await readBytes(context, name);
  if (bytes === undefined) {
    throw unreadable(name, `is longer than ${LONGEST_REPLY / 1024 / 1024} MiB`, 'Save one reply alone.');
  }
  const text = decode(bytes);
  if (text === undefined) throw unreadable(name, 'is not UTF-8 text', 'Save it as UTF-8.');
  return text;
}

async function readBytes(
  { terminal, cwd, signal }: CommandContext,
  name: string,
): Promise<Buffer | undefined> {
  if (name === '-') {
    if (terminal.interactive)
      terminal.err('Paste the reply, then end it with Ctrl-D (on Windows Ctrl-Z, Enter).');
    return terminal.readInput(LONGEST_REPLY, signal);
  }
  try {
    // A stream, so that the shell's <(…) can be named too.
    return await readToEnd(createReadStream(resolve(cwd, name)), LONGEST_REPLY, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw unreadable(
      name,
      `cannot be read: ${messageOf(error)}`,
      'Name the file that holds the reply, or - for standard input.',
      error,
    );
  }
}

function decode(bytes: Buffer): string | undefined {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function unreadable(name: string, what: string, remedy: string, cause?: unknown): NexusError {
  const subject = name === '-' ? 'Standard input' : name;
  return new NexusError({
    code: 'reply-unreadable',
    message: `${subject} ${what}.`,
    remedy,
    exitCode: EXIT.usage,
    cause,
  });
}
