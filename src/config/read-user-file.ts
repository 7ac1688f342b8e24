import { lstat, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { EXIT, hasCode, messageOf, NexusError } from '../errors.js';

/**
 * Reads a text file that a person wrote, or returns undefined when there is none. It must be a regular file (a link
 * in a stranger's checkout could lead anywhere, a pipe would block for ever), UTF-8, and at most `maxBytes` long.
 * Throws `NexusError` with `code` (exit code 3).
 */
export async function readUserFile(
  path: string,
  options: { code: string; maxBytes: number },
): Promise<string | undefined> {
  const name = basename(path);
  const fail = (what: string, remedy: string, cause?: unknown): NexusError =>
    new NexusError({ code: options.code, message: `${name} ${what}`, remedy, exitCode: EXIT.config, cause });
  try {
    const stats = await lstat(path);
    if (!stats.isFile()) {
      const kind = stats.isSymbolicLink()
        ? 'a symbolic link'
        : stats.isDirectory()
          ? 'a folder'
          : 'not a file';
      throw fail(`is ${kind}.`, `Put a regular file at ${path}.`);
    }
    if (stats.size > options.maxBytes) {
      throw fail(
        `is ${stats.size} bytes long; at most ${options.maxBytes} are read.`,
        `Make ${name} shorter; what is done can go.`,
      );
    }
    const bytes = await readFile(path);
    return decodeText(bytes) ?? raise(fail(describeEncoding(bytes), `Save ${name} as UTF-8.`));
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    if (error instanceof NexusError) throw error;
    throw fail(`cannot be read: ${messageOf(error)}.`, `Make ${path} readable.`, error);
  }
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function describeEncoding(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // PowerShell's `>` and old Notepads write this.
  return isUtf16 ? 'is UTF-16 text.' : 'is not UTF-8 text.';
}

function raise(error: NexusError): never {
  throw error;
}
