import type { z } from 'zod';
import { createConfigJsonSchema, describeExpected, findSchemaAt } from './json-schema.js';
import type { JsonSchema } from './json-schema.js';
import type { Problem } from './problem.js';
import { quoteInput, suggestNearest } from './suggest.js';
import type { YamlText } from './read-yaml.js';
import type { YamlEntry, YamlValue } from './yaml-value.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Turns what zod found into problems with line, column and remedy. */
export function explainIssues(issues: readonly Issue[], yaml: YamlText): Problem[] {
  const schema = createConfigJsonSchema();
  return issues
    .flatMap((issue) => unfoldUnion(issue, []))
    .flatMap(({ issue, path }) => explainIssue(issue, path, yaml, schema));
}

interface PlacedIssue {
  issue: Issue;
  path: Path;
}

/** Of a choice only the form that was meant speaks: the one whose parts are wrong, not its whole. */
function unfoldUnion(issue: Issue, base: Path): PlacedIssue[] {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ issue, path }];
  const meant = issue.errors.find((form) => form.length > 0 && form.every((inner) => inner.path.length > 0));
  return meant === undefined ? [{ issue, path }] : meant.flatMap((inner) => unfoldUnion(inner, path));
}

function explainIssue(issue: Issue, path: Path, yaml: YamlText, schema: JsonSchema): Problem[] {
  const part = findSchemaAt(schema, path);
  const place = locate(yaml.root, path);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(
      (part?.anyOf?.find((form) => form.properties !== undefined) ?? part)?.properties ?? {},
    );
    return issue.keys.map((key) => explainUnknownKey(key, locate(yaml.root, [...path, key]), known, yaml));
  }
  const position = yaml.positionAt(place.value?.at ?? place.at);
  if (issue.code === 'custom') {
    const said: unknown = issue.params?.['remedy'];
    const remedy = typeof said === 'string' ? said : 'Write it from the top of the repository.';
    return [{ position, message: issue.message, remedy }];
  }
  const name = `\`${renderPath(path)}\``;
  if (place.value === undefined || place.missing) {
    const remedy =
      part === undefined ? undefined : `Add \`${String(path.at(-1))}:\`, ${describeExpected(part)}.`;
    return [{ position, message: `${name} is missing.`, remedy }];
  }
  const remedy = writeRemedy(issue, place.value, part);
  return [{ position, message: `${name} is ${describeValue(place.value)}.`, remedy }];
}

function writeRemedy(issue: Issue, value: YamlValue, part: JsonSchema | undefined): string | undefined {
  if (part === undefined) return undefined;
  const fallback = renderDefault(part);
  if (issue.code === 'invalid_format' && !issue.message.startsWith('Invalid')) {
    return `It ${issue.message}${fallback}.`;
  }
  const isWrongType = issue.code === 'invalid_type' || issue.code === 'invalid_union';
  if (isWrongType && takesText(part) && value.kind === 'scalar' && value.text !== '') {
    return `Put it in quotes: "${value.text}"${fallback}.`;
  }
  const nearest =
    value.kind === 'scalar' && part.enum !== undefined ? suggestNearest(value.text, part.enum) : undefined;
  const hint = nearest === undefined ? '' : `Did you mean '${nearest}'? `;
  return `${hint}Write ${describeExpected(part)}${fallback}.`;
}

/** Whether a text, or a list of texts, is all that can stand there. */
function takesText(part: JsonSchema): boolean {
  if (part.anyOf !== undefined) return part.anyOf.every((form) => takesText(form.items ?? form));
  return part.type === 'string' && part.enum === undefined && part.const === undefined;
}

function renderDefault(part: JsonSchema): string {
  const simple = typeof part.default !== 'object' || Array.isArray(part.default);
  if (part.default === undefined || !simple) return '';
  return `; default: ${typeof part.default === 'string' ? part.default : JSON.stringify(part.default)}`;
}

function explainUnknownKey(key: string, place: Place, known: readonly string[], yaml: YamlText): Problem {
  const nearest = suggestNearest(key.replaceAll('-', '_'), known);
  return {
    position: yaml.positionAt(place.at),
    message: `There is no key ${quoteInput(key)} here.`,
    remedy: nearest === undefined ? `Known keys: ${known.join(', ')}.` : `Did you mean '${nearest}'?`,
  };
}

interface Place {
  /** Offset of the key, or of the nearest value around it. */
  at: number;
  value: YamlValue | undefined;
  missing: boolean;
}

function locate(root: YamlValue | undefined, path: Path): Place {
  let value = root;
  let at = root?.at ?? 0;
  for (const key of path) {
    const entry: YamlEntry | undefined =
      value?.kind === 'map'
        ? value.entries.get(String(key))
        : value?.kind === 'list' && typeof key === 'number'
          ? toEntry(value.items[key])
          : undefined;
    if (entry === undefined) return { at, value, missing: true };
    at = entry.at;
    value = entry.value;
  }
  return { at, value, missing: false };
}

function toEntry(value: YamlValue | undefined): YamlEntry | undefined {
  return value === undefined ? undefined : { key: '', at: value.at, value };
}

function describeValue(value: YamlValue): string {
  if (value.kind === 'map') return 'a mapping';
  if (value.kind === 'list') return 'a list';
  return value.text === '' ? 'empty' : quoteInput(value.text);
}

/** `coder.context`, `checks[1].run`. */
function renderPath(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}
