import { PACKAGE_ROOT } from '../package-root.js';
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { DetectedCheck } from './detect-checks.js';

export interface StarterInput {
  overseerModel: string;
  coderModel: string;
  /** What `detectChecks` found: checks and setup commands. */
  checks: readonly DetectedCheck[];
}

/** The folder of the JSON Schemas in a user's repository; the first line of both starter files names it. */
const SCHEMA_FOLDER = '.nexus/schemas';

const SAMPLES = { checks: '# - npm test', setup: '# - npm ci' } as const;

/** The text of a first `.nexus.yml`, commented, with what was found out about the repository. */
export function renderStarterConfig(input: StarterInput): string {
  const values: Readonly<Record<string, string>> = {
    overseer_model: renderScalar(input.overseerModel),
    coder_model: renderScalar(input.coderModel),
    checks: renderCommands(
      'checks',
      input.checks.filter(({ kind }) => kind === 'check'),
    ),
    setup: renderCommands(
      'setup',
      input.checks.filter(({ kind }) => kind === 'setup'),
    ),
  };
  return readPackageFile('templates/init/nexus.yml').replaceAll(
    /\{\{(\w+)\}\}/g,
    (placeholder, name: string) => values[name] ?? placeholder,
  );
}

/** The text of a first `tasks.yml`: how to write tasks, and no task. */
export function renderStarterTasks(): string {
  return readPackageFile('templates/init/tasks.yml');
}

/**
 * The JSON Schemas that the starter files name, as path in the repository → text. They are copied there because a
 * relative path is the only one that works offline, for everybody who clones, and with a global installation.
 */
export function readStarterSchemas(): Map<string, string> {
  const names = ['nexus.schema.json', 'tasks.schema.json'];
  return new Map(names.map((name) => [`${SCHEMA_FOLDER}/${name}`, readPackageFile(`schemas/${name}`)]));
}

function renderCommands(key: keyof typeof SAMPLES, checks: readonly DetectedCheck[]): string {
  if (checks.length === 0) return `${key}:\n  ${SAMPLES[key]}`;
  const list = checks.map(({ run, cwd, paths }) => {
    if (cwd === '.' && paths.length === 0) return run;
    return { run, ...(cwd === '.' ? {} : { cwd }), ...(paths.length === 0 ? {} : { paths }) };
  });
  return stringify({ [key]: list }, { lineWidth: 0 }).trimEnd();
}

function renderScalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}

/** A file of this package. */
function readPackageFile(path: string): string {
  return readFileSync(new URL(path, PACKAGE_ROOT), 'utf8').replaceAll('\r\n', '\n');
}
