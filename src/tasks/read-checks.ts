import { CHECK_DEFAULTS, CHECK_KEYS } from '../config/check-defaults.js';
import { readRepoPath } from '../config/repo-path.js';
import type { CheckConfig } from '../config/schema.js';
import { quoteInput } from '../config/suggest.js';
import type { YamlMap, YamlValue } from '../config/yaml-value.js';
import { describeValue, nameKind, readText, reportUnknownKeys, valueAt } from './read-value.js';
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
  if (valueAt(map, 'run') === undefined) {
    report(map.at, `A check of \`${key}\` has no command.`, 'Add `run: <command>`.');
  }
  const name = readString(map, 'name', report);
  return {
    ...(name === undefined ? {} : { name }),
    run: readString(map, 'run', report) ?? '',
    cwd: readFolder(map, report),
    paths: readGlobs(valueAt(map, 'paths'), report),
    timeout: readTimeout(valueAt(map, 'timeout'), report),
  };
}

/** A text that is not empty. `run: true` and `run: 5` are refused, as in `.nexus.yml`. */
function readString(map: YamlMap, key: string, report: Report): string | undefined {
  const value = valueAt(map, key);
  if (value === undefined) return undefined;
  if (value.kind === 'scalar' && typeof value.value !== 'string') {
    report(
      value.at,
      `\`${key}\` is ${describeValue(value)}, not a text.`,
      `Put it in quotes: "${value.text}".`,
    );
    return undefined;
  }
  const text = readText(value, key, report);
  if (text === '' && value.kind === 'scalar')
    report(value.at, `\`${key}\` is empty.`, 'Fill it in or remove it.');
  return text;
}

function readGlobs(value: YamlValue | undefined, report: Report): string[] {
  if (value === undefined) return [];
  if (value.kind !== 'list') {
    report(value.at, `\`paths\` is a ${nameKind(value)}, not a list.`, "Write `paths: ['src/**']`.");
    return [];
  }
  const globs = value.items.map((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string' && item.text !== '') return item.text;
    report(item.at, `\`paths\` holds ${describeValue(item)} where a glob is expected.`, "Write `'src/**'`.");
    return undefined;
  });
  return globs.filter((glob) => glob !== undefined);
}

function readFolder(map: YamlMap, report: Report): string {
  const text = readString(map, 'cwd', report) ?? CHECK_DEFAULTS.cwd;
  const reading = readRepoPath(text);
  if (reading.kind === 'path') return reading.path;
  const at = map.entries.get('cwd')?.value.at ?? map.at;
  if (text !== '') {
    report(
      at,
      `The folder ${quoteInput(text)} ${reading.reason}.`,
      'Write it from the top of the repository.',
    );
  }
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
