import { join } from 'node:path';
import { EXIT, messageOf, NexusError } from '../errors.js';
import { writeAtomically } from '../platform/held-files.js';
import { CONFIG_FILE, CONFIG_LIMITS, parseConfigText } from './load.js';
import { readUserFile } from './read-user-file.js';
import type { Config } from './schema.js';

export interface ConfigChange {
  before: Config;
  after: Config;
  /** Writes it; false when there is nothing to write. @throws NexusError `not-written`, `config-changed` */
  write(): Promise<boolean>;
}

/**
 * Works out a change of `.nexus.yml` at the top of the working tree `root` (made if it is not there); nothing is written
 * yet. `change` turns the old text into the new one.
 * @throws NexusError `config-unreadable`, `config-invalid` (before or after it), what `change` throws
 */
export async function planConfigChange(
  root: string,
  change: (text: string) => string,
): Promise<ConfigChange> {
  const path = join(root, CONFIG_FILE);
  const read = async (): Promise<string | undefined> => readUserFile(path, CONFIG_LIMITS);
  const old = await read();
  const before = await parseConfigText(old ?? '');
  const next = change(old ?? '');
  const after = await parseConfigText(next);
  return {
    before,
    after,
    async write() {
      if (next === (old ?? '')) return false;
      if ((await read()) !== old) throw changedMeanwhile();
      await writeAtomically(path, next).catch((error: unknown) => {
        throw notWritten(path, error);
      });
      return true;
    },
  };
}

function changedMeanwhile(): NexusError {
  return new NexusError({
    code: 'config-changed',
    message: `${CONFIG_FILE} was changed by something else at the same time; it was left as it is.`,
    remedy: 'Run the command again.',
    exitCode: EXIT.config,
  });
}

function notWritten(path: string, error: unknown): NexusError {
  return new NexusError({
    code: 'not-written',
    message: `${path} could not be written: ${messageOf(error)}.`,
    remedy: 'Make the file and its folder writable, then run the command again.',
    exitCode: EXIT.config,
    cause: error,
  });
}
