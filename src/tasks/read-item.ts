import type { YamlMap, YamlScalar, YamlValue } from '../config/yaml-value.js';
import { quoteInput } from '../config/suggest.js';
import { hashTask } from './hash.js';
import { PRIORITIES, TASK_ID_MAX, TASK_ID_PATTERN, TASK_KEYS, TASK_KINDS, TASK_STATUSES } from './keys.js';
import type { TaskKeyName } from './keys.js';
import { readChecks } from './read-checks.js';
import {
  nameKind,
  readChoice,
  readFlag,
  readPaths,
  readText,
  readTexts,
  reportUnknownKeys,
  valueAt,
} from './read-value.js';
import type { Located, Report } from './read-value.js';
import { deriveTaskId, isReservedName } from './task-id.js';
import type { Position, Task } from './task.js';

/** A task with the offsets that later messages need. */
export interface DeclaredTask {
  task: Task;
  /** Whether the id was written, not made from the title. */
  explicitId: boolean;
  at: number;
  dependencies: Located[];
}

const KEY_NAMES = Object.keys(TASK_KEYS);

/** Reads one item of the list: a mapping or a sentence. Undefined when it has neither title, description nor id. */
export function readTaskItem(value: YamlValue, position: Position, report: Report): DeclaredTask | undefined {
  if (value.kind === 'map') return readTaskMap(value, position, report);
  if (value.kind === 'list') {
    report(value.at, `A task is a mapping or a sentence, not a ${nameKind(value)}.`, 'Write `- title: …`.');
    return undefined;
  }
  return readSentence(value, position, report);
}

function readSentence(value: YamlScalar, position: Position, report: Report): DeclaredTask | undefined {
  const { title, description } = splitText(readText(value, 'task', report));
  if (title === '') {
    report(value.at, 'This task is empty.', 'Write what to do, or remove the `-`.');
    return undefined;
  }
  return declare({ title, description }, { id: undefined, at: value.at, dependencies: [] }, position);
}

function readTaskMap(map: YamlMap, position: Position, report: Report): DeclaredTask | undefined {
  reportUnknownKeys(map, KEY_NAMES, report);
  const get = <T>(
    key: TaskKeyName,
    read: (value: YamlValue, key: string, report: Report) => T,
  ): T | undefined => {
    const value = valueAt(map, key);
    return value === undefined ? undefined : read(value, key, report);
  };
  const id = get('id', readTaskId);
  const { title, description } = readWords(get('title', readText), get('description', readText));
  const dependencies = uniqueTexts(get('depends_on', readTexts) ?? []);
  const fields: Partial<Task> = {
    title,
    description,
    kind: get('kind', (value, key) => readChoice(value, key, TASK_KINDS, report)) ?? 'change',
    files: get('files', readPaths) ?? [],
    only: get('only', readFlag) ?? false,
    acceptance: (get('acceptance', readTexts) ?? []).map(({ text }) => text),
    checks: get('checks', readChecks),
    checksAdd: get('checks_add', readChecks) ?? [],
    dependsOn: dependencies.map(({ text }) => text),
    stack: get('stack', readFlag) ?? false,
    priority: get('priority', (value, key) => readChoice(value, key, PRIORITIES, report)) ?? 'normal',
    status: get('status', (value, key) => readChoice(value, key, TASK_STATUSES, report)),
  };
  reportMissingPartners(map, fields, report);
  const saysNothing = title === '' && !['title', 'description'].some((key) => isMistaken(valueAt(map, key)));
  if (saysNothing)
    report(map.at, 'This task does not say what to do.', 'Add `title: …` or `description: …`.');
  // With an id, other tasks may still name it without further messages.
  if (title === '' && id === undefined) return undefined;
  return declare(fields, { id, at: map.at, dependencies }, position);
}

/** Whether a text was reported already, being something else. */
function isMistaken(value: YamlValue | undefined): boolean {
  return value !== undefined && value.kind !== 'scalar';
}

/** Keys that do nothing alone are mistakes. */
function reportMissingPartners(map: YamlMap, fields: Partial<Task>, report: Report): void {
  const at = (key: TaskKeyName): number => map.entries.get(key)?.at ?? map.at;
  if (fields.only === true && valueAt(map, 'files') === undefined) {
    report(at('only'), '`only: true` limits the task to `files`, but there are none.', 'Add `files:`.');
  }
  if (fields.stack === true && valueAt(map, 'depends_on') === undefined) {
    report(at('stack'), '`stack: true` starts from a dependency, but there is none.', 'Add `depends_on:`.');
  }
  if (fields.checks !== undefined && valueAt(map, 'checks_add') !== undefined) {
    report(
      at('checks_add'),
      '`checks_add` adds to the configured checks, but `checks` replaces them.',
      'Keep one of the two.',
    );
  }
}

function declare(
  fields: Partial<Task>,
  place: { id: string | undefined; at: number; dependencies: Located[] },
  position: Position,
): DeclaredTask {
  const meaning = {
    title: fields.title ?? '',
    description: fields.description ?? '',
    kind: fields.kind ?? 'change',
    files: fields.files ?? [],
    only: fields.only ?? false,
    acceptance: fields.acceptance ?? [],
    checks: fields.checks,
    checksAdd: fields.checksAdd ?? [],
  } as const;
  const task: Task = {
    ...meaning,
    id: place.id ?? deriveTaskId(meaning.title),
    dependsOn: fields.dependsOn ?? [],
    stack: fields.stack ?? false,
    priority: fields.priority ?? 'normal',
    status: fields.status,
    hash: hashTask(meaning),
    position,
  };
  return { task, explicitId: place.id !== undefined, at: place.at, dependencies: place.dependencies };
}

/** An id as written (`007` stays `007`); one that is not valid is reported and its nearest valid form returned. */
function readTaskId(value: YamlValue, key: string, report: Report): string | undefined {
  const text = readText(value, key, report);
  if (text === '') {
    if (value.kind === 'scalar')
      report(value.at, '`id` is empty.', 'Remove it: the id is then made from the title.');
    return undefined;
  }
  if (TASK_ID_PATTERN.test(text) && text.length <= TASK_ID_MAX && !isReservedName(text)) return text;
  const why = isReservedName(text)
    ? 'is a device name on Windows'
    : TASK_ID_PATTERN.test(text)
      ? `is longer than ${TASK_ID_MAX} characters`
      : 'may only have small letters, digits and hyphens, and starts with a letter or digit';
  const proposal = deriveTaskId(text);
  report(value.at, `The id ${quoteInput(text)} ${why}.`, `Write \`id: ${proposal}\`.`);
  return proposal;
}

/** The title is one line; without one, the first line of the description is. */
function readWords(
  title: string | undefined,
  description: string | undefined,
): { title: string; description: string } {
  if (title === undefined || title === '') return splitText(description ?? '');
  const split = splitText(title);
  return {
    title: split.title,
    description: [split.description, description ?? ''].filter(Boolean).join('\n\n'),
  };
}

function splitText(text: string): { title: string; description: string } {
  const [first = '', ...rest] = text.split('\n');
  return { title: first.replaceAll(/\s+/g, ' ').trim(), description: rest.join('\n').trim() };
}

function uniqueTexts(texts: readonly Located[]): Located[] {
  const seen = new Set<string>();
  return texts.filter(({ text }) => !seen.has(text) && seen.add(text));
}
