import { join } from 'node:path';
import { parseCached } from './parse-cache.js';
import { createProblemsError } from './problem.js';
import { readUserFile } from './read-user-file.js';
import type { Config } from './schema.js';

export const CONFIG_FILE = '.nexus.yml';

/** How the file is read. `maxBytes` is far more than anybody writes by hand. */
export const CONFIG_LIMITS = { code: 'config-unreadable', maxBytes: 512 * 1024 };

/**
 * Reads `.nexus.yml` at the top of the working tree `root`; without the file everything is default. With
 * `cacheFolder` an unchanged file is not parsed again, and neither the YAML parser nor zod is loaded. Throws
 * `NexusError` `config-unreadable` (not a regular file, too long, not UTF-8) or `config-invalid`, which lists all
 * mistakes; exit code 3 each.
 */
export async function loadConfig(root: string, options: { cacheFolder?: string } = {}): Promise<Config> {
  const text = (await readUserFile(join(root, CONFIG_FILE), CONFIG_LIMITS)) ?? '';
  return parseCached(options.cacheFolder, 'config', text, () => parseConfigText(text));
}

/** The text of a `.nexus.yml`; throws `NexusError` `config-invalid`, which lists all mistakes. */
export async function parseConfigText(text: string): Promise<Config> {
  const { parseConfig } = await import('./parse-config.js');
  const { config, problems } = parseConfig(text);
  if (problems.length > 0) throw createProblemsError('config-invalid', CONFIG_FILE, problems);
  return config;
}
