import { join } from 'node:path';
import { explainIssues } from './explain.js';
import { createProblemsError, sortProblems } from './problem.js';
import type { Problem } from './problem.js';
import { readUserFile } from './read-user-file.js';
import { parseYaml } from './read-yaml.js';
import { configSchema } from './schema.js';
import type { Config } from './schema.js';
import { toPlain } from './yaml-value.js';

export const CONFIG_FILE = '.nexus.yml';

/** Far more than anybody writes by hand. */
const MAX_BYTES = 512 * 1024;

/**
 * Reads the text of `.nexus.yml`. `problems` has every mistake with its place and remedy, in the order of the file;
 * with problems, `config` is all defaults. An empty text is valid.
 */
export function parseConfig(text: string): { config: Config; problems: Problem[] } {
  const yaml = parseYaml(text);
  if (yaml.root !== undefined && yaml.root.kind !== 'map') {
    const problem: Problem = {
      position: yaml.positionAt(yaml.root.at),
      message: `The file is a ${yaml.root.kind === 'list' ? 'list' : 'text'}, not a mapping.`,
      remedy: 'Write `key: value` lines; .nexus.example.yml shows all keys.',
    };
    return { config: configSchema.parse({}), problems: [...yaml.problems, problem] };
  }
  const result = configSchema.safeParse(yaml.root === undefined ? {} : toPlain(yaml.root));
  const issues = result.success ? [] : explainIssues(result.error.issues, yaml);
  const problems = sortProblems([...yaml.problems, ...issues]);
  const config = result.success && problems.length === 0 ? result.data : configSchema.parse({});
  return { config, problems };
}

/**
 * Reads `.nexus.yml` at the top of the working tree `root`; without the file everything is default. Throws
 * `NexusError` `config-unreadable` (not a regular file, too long, not UTF-8) or `config-invalid`, which lists all
 * mistakes; exit code 3 each.
 */
export async function loadConfig(root: string): Promise<Config> {
  const options = { code: 'config-unreadable', maxBytes: MAX_BYTES };
  const text = (await readUserFile(join(root, CONFIG_FILE), options)) ?? '';
  const { config, problems } = parseConfig(text);
  if (problems.length > 0) throw createProblemsError('config-invalid', CONFIG_FILE, problems);
  return config;
}
