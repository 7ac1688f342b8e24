import { explainIssues } from './explain.js';
import { sortProblems } from './problem.js';
import type { Problem } from './problem.js';
import { parseYaml } from './read-yaml.js';
import { configSchema } from './schema.js';
import type { Config } from './schema.js';
import { toPlain } from './yaml-value.js';

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
