import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { applyReply } from '../../src/edits/apply-reply.js';
import type { FileContent } from '../../src/edits/types.js';
import { parseJson, parsePlanAnswer } from '../../src/planning/plan-answer.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';

/** Real replies kept by scripts/keep-replies.mjs; never edited. `labels.json` says what a person saw in them. */
const FOLDER = fileURLToPath(new URL('../fixtures/prompts/', import.meta.url));

const kept = z.object({
  model: z.string().regex(/^qwen2\.5-coder:/),
  server: z.string().regex(/^Ollama \d+\.\d+\.\d+$/),
  date: z.iso.date(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  reply: z.string(),
});
type Kept = z.infer<typeof kept>;

function read(template: string): Kept[] {
  const lines = readFileSync(`${FOLDER}${template}.jsonl`, 'utf8').trim().split('\n');
  return lines.map((line) => kept.parse(JSON.parse(line)));
}

const TEMPLATES = [
  'choose-files',
  'plan',
  'format-whole-file',
  'format-named-declaration',
  'format-search-replace',
  'format-unified-diff',
  'repair',
  'document',
  'update-document',
  'write-document',
];
const CODE = [
  'format-whole-file',
  'format-named-declaration',
  'format-search-replace',
  'format-unified-diff',
  'repair',
  'update-document',
];

describe('the prompts were tried on a real model', () => {
  test.each(TEMPLATES)('%s: five replies at least, with where they are from', (template) => {
    expect(read(template).length).toBeGreaterThanOrEqual(5);
  });

  test('every kept file belongs to a template of today', () => {
    const known = new Set(
      readdirSync(fileURLToPath(new URL('../../templates/prompts/', import.meta.url))).map((name) =>
        name.replace('.md', '.jsonl'),
      ),
    );
    const names = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  test('under the schema every plan is valid', () => {
    expect(read('plan').map(({ reply }) => 'answer' in parsePlanAnswer(reply))).not.toContain(false);
  });

  test('chosen files are files that were listed', () => {
    for (const { reply, messages } of read('choose-files')) {
      const { files } = z.object({ files: z.array(z.string()) }).parse(parseJson(reply));
      for (const file of files) expect(messages.at(-1)?.content.split('\n')).toContain(file);
    }
  });

  test('notes are JSON with words in them, unless they were cut off by their length', () => {
    const notes = z.object({ what: z.string().regex(/\w/), review: z.string() });
    const odd = read('document').filter(
      ({ reply }) => notes.safeParse(parseJson(reply)).success !== reply.trimEnd().endsWith('}'),
    );
    expect(odd).toEqual([]);
  });
});

const labels = z
  .record(z.string(), z.array(z.string()))
  .parse(JSON.parse(readFileSync(`${FOLDER}labels.json`, 'utf8')));

const parsers = await loadParsers(['a.js', 'a.ts', 'a.py', 'a.go']);

describe.each(CODE)('the edit engine on real replies to %s', (template) => {
  const replies = read(template);

  test('every reply has a label', () => {
    expect(labels[template]).toHaveLength(replies.length);
  });

  test.each(replies.map((one, index) => [index + 1, one] as const))(
    'reply %i comes out as labelled',
    (number, one) => {
      expect(outcomeOf(one, template)).toBe(labels[template]?.[number - 1]);
    },
  );
});

/** `applied PATH …`, or `refused CODE …`. */
function outcomeOf({ messages, reply }: Kept, template: string): string {
  const prompt = messages.find((message) => message.role === 'user')?.content ?? '';
  const files = new Map(
    filesIn(prompt).map(([path, text]): [string, FileContent] => [path, { kind: 'text', text }]),
  );
  const named = /^(?:Files to change|Only these files may change): (.+)$/m.exec(prompt)?.[1]?.split(', ');
  const offered = named ?? [...files.keys()];
  const outcome = applyReply({
    reply,
    ending: 'stop',
    files,
    offered,
    ...(template === 'format-named-declaration' ? { asked: 'named-declaration' } : {}),
    rules: { mayTouch: (path) => !files.has(path), parsers },
  });
  if (outcome.kind === 'applied') return `applied ${outcome.changes.map((change) => change.path).join(' ')}`;
  if (outcome.kind === 'undecided') return outcome.kind;
  return `refused ${[...new Set(outcome.rejections.map((rejection) => rejection.code))].join(' ')}`;
}

/** The files as a prompt shows them: path and fence, or between tags. */
function filesIn(prompt: string): [string, string][] {
  const fenced = [...prompt.matchAll(/^(\S+)\n(`{3,})\w*\n([\s\S]*?)^\2$/gm)];
  const tagged = [...prompt.matchAll(/^<(\w+) path="([^"]+)">\n([\s\S]*?)^<\/\1>$/gm)];
  return [
    ...fenced.map((match): [string, string] => [match[1] ?? '', match[3] ?? '']),
    ...tagged.map((match): [string, string] => [match[2] ?? '', match[3] ?? '']),
  ];
}
