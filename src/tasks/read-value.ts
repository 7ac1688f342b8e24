import { readRepoPath } from '../config/repo-path.js';
import { quoteInput, suggestNearest } from '../config/suggest.js';
import { isEmpty } from '../config/yaml-value.js';
import type { YamlMap, YamlValue } from '../config/yaml-value.js';

/** Takes a problem: where (offset), what, and what to do. */
export type Report = (at: number, message: string, remedy?: string) => void;

/** A text with the place it stands at. */
export interface Located {
  text: string;
  at: number;
}

/** One text: any scalar, as it is written. Control characters are refused: they could write to a terminal. */
export function readText(value: YamlValue, key: string, report: Report): string {
  if (value.kind !== 'scalar') {
    report(value.at, `\`${key}\` is a ${nameKind(value)}, not a text.`, `Write \`${key}: "…"\`.`);
    return '';
  }
  const text = value.text.replaceAll('\r\n', '\n').trim();
  if (/[^\P{Cc}\n\t]/u.test(text)) {
    report(value.at, `\`${key}\` holds a control character.`, 'Remove it.');
  }
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, ' ');
}

/** One text or a list of them, without empty ones. */
export function readTexts(value: YamlValue, key: string, report: Report): Located[] {
  const items = value.kind === 'list' ? value.items : [value];
  const texts: Located[] = [];
  for (const item of items) {
    if (item.kind !== 'scalar') {
      report(
        item.at,
        `\`${key}\` holds a ${nameKind(item)} where a text is expected.`,
        'Put the text in quotes if it holds `: ` or starts with a special character.',
      );
      continue;
    }
    const text = readText(item, key, report);
    if (text !== '') texts.push({ text, at: item.at });
    else report(item.at, `\`${key}\` has an empty entry.`, 'Fill it in or remove it.');
  }
  return texts;
}

/** Paths inside the repository, each once. */
export function readPaths(value: YamlValue, key: string, report: Report): string[] {
  const paths = new Set<string>();
  for (const { text, at } of readTexts(value, key, report)) {
    const reading = readRepoPath(text);
    if (reading.kind === 'refused') {
      report(
        at,
        `The path ${quoteInput(text)} ${reading.reason}.`,
        'Write it as `folder/file`, from the top of the repository.',
      );
    } else if (/[*?]/.test(reading.path)) {
      report(
        at,
        `\`${key}\` holds the pattern ${quoteInput(text)}.`,
        'Name files or folders; a folder stands for all in it.',
      );
    } else if (reading.path === '.') {
      report(at, `\`${key}\` names the whole repository.`, 'Name files or folders, or leave it out.');
    } else paths.add(reading.path);
  }
  return [...paths];
}

/** `true` or `false`. */
export function readFlag(value: YamlValue, key: string, report: Report): boolean {
  if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value;
  report(
    value.at,
    `\`${key}\` is ${describeValue(value)}, not true or false.`,
    `Write \`${key}: true\`, or leave it out.`,
  );
  return false;
}

/** One of `values`; undefined after a problem. */
export function readChoice<T extends string>(
  value: YamlValue,
  key: string,
  values: readonly T[],
  report: Report,
): T | undefined {
  const text = value.kind === 'scalar' ? value.text : undefined;
  const found = values.find((candidate) => candidate === text);
  if (found !== undefined) return found;
  const nearest = text === undefined ? undefined : suggestNearest(text, values);
  const allowed = values.map((candidate) => `\`${candidate}\``).join(', ');
  const remedy =
    nearest === undefined ? `Write one of ${allowed}.` : `Did you mean '${nearest}'? Possible: ${allowed}.`;
  report(value.at, `\`${key}\` is ${describeValue(value)}.`, remedy);
  return undefined;
}

/** Reports every key of `map` that is not in `known`. */
export function reportUnknownKeys(map: YamlMap, known: readonly string[], report: Report): void {
  for (const { key, at } of map.entries.values()) {
    if (known.includes(key)) continue;
    const nearest = suggestNearest(key.replaceAll('-', '_'), known);
    report(
      at,
      `There is no key ${quoteInput(key)} here.`,
      nearest === undefined ? `Known keys: ${known.join(', ')}.` : `Did you mean '${nearest}'?`,
    );
  }
}

/** The value of `key`, or undefined when it is absent or empty. */
export function valueAt(map: YamlMap, key: string): YamlValue | undefined {
  const value = map.entries.get(key)?.value;
  return value === undefined || isEmpty(value) ? undefined : value;
}

/** What somebody wrote, for a message. */
export function describeValue(value: YamlValue): string {
  if (value.kind !== 'scalar') return `a ${nameKind(value)}`;
  return value.text === '' ? 'empty' : quoteInput(value.text);
}

export function nameKind(value: YamlValue): string {
  return value.kind === 'map' ? 'mapping' : value.kind === 'list' ? 'list' : 'text';
}
