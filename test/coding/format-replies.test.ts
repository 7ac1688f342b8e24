import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { EditFormat } from '../../src/edits/types.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';
import type { Parsers } from '../../src/syntax/types.js';

/** Real replies that `npm run measure:formats` kept, never edited; the labels were made by reading them. */
const FIXTURES = new URL('../fixtures/', import.meta.url);

const record = z.object({
  task: z.string(),
  arm: z.string(),
  model: z.string().regex(/^qwen2\.5-coder:/),
  server: z.string().regex(/^Ollama \d+\.\d+\.\d+$/),
  date: z.iso.date(),
  exchanges: z.array(z.object({ kind: z.enum(['code', 'targets']), reply: z.string(), ending: z.string() })),
});
const label = z.discriminatedUnion('means', [
  z.object({ id: z.string(), means: z.literal('none') }),
  /** First and last line (from 1) whose place is taken. */
  z.object({
    id: z.string(),
    means: z.literal('replace'),
    lines: z.tuple([z.number(), z.number()]),
    with: z.array(z.string()),
  }),
]);
type Label = z.infer<typeof label>;

const records = readText('replies/formats.jsonl')
  .trim()
  .split('\n')
  .map((line) => record.parse(JSON.parse(line)));
const labels = z.array(label).parse(JSON.parse(readText('replies/formats-labels.json')));

interface Task {
  path: string;
  text: string;
  words: string;
}

const tasks = new Map([...readOwn(), ...readSolutions()]);
let parsers: Parsers;
beforeAll(async () => {
  parsers = await loadParsers([...tasks.values()].map(({ path }) => path));
});

function readText(path: string): string {
  return readFileSync(new URL(path, FIXTURES), 'utf8');
}

function readOwn(): [string, Task][] {
  const folders = readdirSync(new URL('format-tasks/', FIXTURES), { withFileTypes: true });
  return folders
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const task = z.object({ id: z.string(), path: z.string(), title: z.string(), description: z.string() });
      const all = z.array(task).parse(JSON.parse(readText(`format-tasks/${name}/tasks.json`)));
      return all.map(({ id, path, title, description }): [string, Task] => [
        id,
        { path, text: readText(`format-tasks/${name}/${path}`), words: `${title}\n${description}` },
      ]);
    });
}

function readSolutions(): [string, Task][] {
  const solution = z.object({ task: z.string(), files: z.record(z.string(), z.string()) });
  return readText('replies/replies.jsonl')
    .trim()
    .split('\n')
    .flatMap((line): [string, Task][] => {
      const { task, files } = solution.parse(JSON.parse(line));
      const [file] = Object.entries(files);
      const name = /function (\w+) in/.exec(task)?.[1];
      return name === undefined || file === undefined
        ? []
        : [[name, { path: file[0], text: file[1], words: task }]];
    });
}

function expectedText(text: string, one: Label): string | undefined {
  if (one.means === 'none') return undefined;
  const lines = text.split('\n');
  lines.splice(one.lines[0] - 1, one.lines[1] - one.lines[0] + 1, ...one.with);
  return lines.join('\n');
}

const FORMATS: Readonly<Record<string, EditFormat>> = {
  'whole-file': 'whole-file',
  'search-replace': 'search-replace',
};

describe('real replies to tasks asked for in several formats', () => {
  test('each has a label', () => {
    expect(labels.map(({ id }) => id)).toEqual(records.map(({ task, arm }) => `${task}/${arm}`));
  });

  test.each(labels.map((one, index) => [one.id, index, one] as const))('%s', (_, index, one) => {
    const recorded = records[index];
    const task = tasks.get(recorded?.task ?? '');
    if (recorded === undefined || task === undefined) throw new Error('no such reply');
    const outcome = applyReply({
      reply: recorded.exchanges
        .filter(({ kind }) => kind === 'code')
        .map(({ reply }) => reply)
        .join('\n\n'),
      ending: 'stop',
      files: new Map([[task.path, { kind: 'text', text: task.text }]]),
      offered: [task.path],
      asked: FORMATS[recorded.arm] ?? 'named-declaration',
      rules: { mentioned: task.words, parsers },
    });
    const texts =
      outcome.kind === 'applied'
        ? outcome.changes.map((change) => 'newText' in change && change.newText)
        : [];
    const expected = expectedText(task.text, one);
    expect(texts).toEqual(expected === undefined ? [] : [expected]);
  });
});
