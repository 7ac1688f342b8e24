import { CHECK_DEFAULTS, CHECK_KEYS } from '../config/check-defaults.js';
import { readRepoPath } from '../config/repo-path.js';
import type { CheckConfig } from '../config/schema.js';
import { quoteInput } from '../config/suggest.js';
import type { YamlMap, YamlValue } from '../config/yaml-value.js';
import { describeValue, nameKind, readText, readTexts, reportUnknownKeys, valueAt } from './read-value.js';
import type { Report } from './read-value.js';

/**
 * Reads `checks` or `checks_add` of a task. It accepts what `checkSchema` accepts and gives the same values (a test
 * compares the two), without loading zod.
 */
export function readChecks(value: YamlValue, key: string, report: Report): CheckConfig[] {
  if (value.kind !== 'list') {
    report(
      value.at,
      `\`${key}\` is a ${nameKind(value)}, not a list.`,
      `Write \`${key}:\` and under it \`- npm test\`.`,
    );
    return [];
  }
  return value.items.map((item) => readCheck(item, key, report)).filter((check) => check !== undefined);
}

function readCheck(value: YamlValue, key: string, report: Report): CheckConfig | undefined {
  if (value.kind === 'map') return readCheckMap(value, key, report);
  const run = value.kind === 'scalar' && typeof value.value === 'string' ? readText(value, key, report) : '';
  if (run !== '') return { run, cwd: CHECK_DEFAULTS.cwd, paths: [], timeout: CHECK_DEFAULTS.timeout };
  report(
    value.at,
    `\`${key}\` holds ${describeValue(value)} where a command is expected.`,
    'Write `- npm test`, or `- run: npm test`.',
  );
  return undefined;
}

function readCheckMap(map: YamlMap, key: string, report: Report): CheckConfig | undefined {
  reportUnknownKeys(map, CHECK_KEYS, report);
  const runValue = valueAt(map, 'run');
  const run = runValue === undefined ? '' : readText(runValue, 'run', report);
  if (run === '') report(map.at, `A check of \`${key}\` has no command.`, 'Add `run: <command>`.');
  const nameValue = valueAt(map, 'name');
  const pathsValue = valueAt(map, 'paths');
  return {
    ...(nameValue === undefined ? {} : { name: readText(nameValue, 'name', report) }),
    run,
    cwd: readFolder(valueAt(map, 'cwd'), report),
    paths: pathsValue === undefined ? [] : readTexts(pathsValue, 'paths', report).map(({ text }) => text),
    timeout: readTimeout(valueAt(map, 'timeout'), report),
  };
}

function readFolder(value: YamlValue | undefined, report: Report): string {
  if (value === undefined) return CHECK_DEFAULTS.cwd;
  const text = readText(value, 'cwd', report);
  const reading = readRepoPath(text);
  if (reading.kind === 'path') return reading.path;
  report(
    value.at,
    `The folder ${quoteInput(text)} ${reading.reason}.`,
    'Write it from the top of the repository.',
  );
  return CHECK_DEFAULTS.cwd;
}

function readTimeout(value: YamlValue | undefined, report: Report): number {
  if (value === undefined) return CHECK_DEFAULTS.timeout;
  const seconds = value.kind === 'scalar' ? value.value : undefined;
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0) return seconds;
  report(
    value.at,
    `\`timeout\` is ${describeValue(value)}, not a number of seconds.`,
    `Default: ${CHECK_DEFAULTS.timeout}.`,
  );
  return CHECK_DEFAULTS.timeout;
}
