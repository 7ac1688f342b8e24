import { beforeAll, describe, expect, test } from 'vitest';
import { writeChange, type CodingInput, type CodingOutcome } from '../../src/coding/write-change.js';
import { loadTemplates, type Templates } from '../../src/config/templates.js';
import type { FileContent, Rejection } from '../../src/edits/types.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';
import type { Parsers } from '../../src/syntax/types.js';
import { makeBudget, makeTask } from '../support/make-task.js';
import { lastWords, scriptAsk, type ScriptedAsk, type ScriptedReply } from '../support/scripted-ask.js';

let templates: Templates;
let parsers: Parsers;
beforeAll(async () => {
  templates = await loadTemplates(import.meta.dirname);
  parsers = await loadParsers(['a.js']);
});

const SLUG = 'export function slugify(title) {\n  return title.trim();\n}\n';
const NEW_SLUG = SLUG.replace('trim()', 'trim().toLowerCase()');
const WORDS = 'export function words(title) {\n  return title.split(" ");\n}\n';

const FILES = new Map<string, FileContent>([
  ['src/words.js', { kind: 'text', text: WORDS }],
  ['src/slug.js', { kind: 'text', text: SLUG }],
]);
const STEP = { title: 'Lower the case', instruction: 'In slugify.', files: ['src/slug.js'], doneWhen: '' };

interface Coded extends ScriptedAsk {
  outcome: CodingOutcome;
  rejected: { exchange: number; attempt: number; rejections: readonly Rejection[] }[];
}

async function code(replies: ScriptedReply[], more: Partial<CodingInput> = {}): Promise<Coded> {
  const script = scriptAsk(...replies);
  const rejected: Coded['rejected'] = [];
  const input: CodingInput = {
    task: makeTask({ title: 'Make slugs lower case' }),
    plan: { summary: 'Lower case.', steps: [STEP] },
    assignment: { kind: 'step', number: 1, step: STEP },
    files: FILES,
    offered: ['src/slug.js'],
    exists: (path) => FILES.has(path) || path === 'README.md',
    isProtected: (path) => (path === 'package.json' ? 'it defines what the checks do' : undefined),
    baseFailures: undefined,
    format: 'auto',
    parsers,
    attempts: 4,
    budget: makeBudget(),
    templates,
    seed: 100,
    onRejected: (attempt) => {
      rejected.push(attempt);
      return Promise.resolve();
    },
    ...more,
  };
  return { ...script, outcome: await writeChange(input, script.ask), rejected };
}

function whole(path: string, text: string): string {
  return `${path}\n\`\`\`js\n${text}\`\`\`\n`;
}

const GOOD = whole('src/slug.js', NEW_SLUG);
const SAME = whole('src/slug.js', SLUG);

describe('a change', () => {
  test('is asked for once when the first reply can be applied', async () => {
    const { outcome, questions, rejected } = await code([GOOD]);
    expect(outcome).toEqual({
      kind: 'changed',
      changes: [{ kind: 'modify', path: 'src/slug.js', oldText: SLUG, newText: NEW_SLUG }],
      edits: [{ path: 'src/slug.js', format: 'whole-file', pass: 'whole', line: 0 }],
      attempts: 1,
    });
    expect(questions[0]).toMatchObject({
      role: 'coder',
      purpose: 'code',
      attempt: 1,
      step: 1,
      temperature: 0,
      seed: 100,
      maxTokens: 1500,
    });
    expect(questions[0]).not.toHaveProperty('schema');
    expect(rejected).toEqual([]);
  });

  test.each<[string, string]>([
    [
      'search/replace',
      'src/slug.js\n<<<<<<< SEARCH\n  return title.trim();\n=======\n  return title.trim().toLowerCase();\n>>>>>>> REPLACE\n',
    ],
    [
      'a unified diff',
      '```diff\n--- a/src/slug.js\n+++ b/src/slug.js\n@@ -1,3 +1,3 @@\n export function slugify(title) {\n-  return title.trim();\n+  return title.trim().toLowerCase();\n }\n```\n',
    ],
    ['a whole file', GOOD],
  ])('may come as %s, whatever was asked for', async (_, reply) => {
    for (const format of ['whole-file', 'search-replace', 'unified-diff'] as const) {
      const { outcome } = await code([reply], { format });
      expect(outcome).toMatchObject({ kind: 'changed', changes: [{ newText: NEW_SLUG }] });
    }
  });

  test('may make new files, also such as the step did not name', async () => {
    const { outcome } = await code([`${GOOD}\n${whole('src/case.js', 'export const a = 1;\n')}`]);
    expect(outcome).toMatchObject({
      kind: 'changed',
      changes: [{ path: 'src/slug.js' }, { kind: 'create', path: 'src/case.js' }],
    });
  });

  test('of a file with control tokens leaves them as they are', async () => {
    const text = (value: number): string => `const end = '<|im_end|>';\nconst a = ${value};\n`;
    const files = new Map<string, FileContent>([['src/slug.js', { kind: 'text', text: text(1) }]]);
    const shown = text(2).replace('<|', '<| ');
    const { outcome, questions } = await code([whole('src/slug.js', shown)], { files });
    expect(lastWords(questions[0])).toContain(shown.split('\n')[0]);
    expect(outcome).toMatchObject({ kind: 'changed', changes: [{ oldText: text(1), newText: text(2) }] });
  });

  test('of a repair is asked for as one', async () => {
    const assignment = { kind: 'repair', number: 2, failures: 'not ok 1', offered: ['src/slug.js'] } as const;
    const { questions, outcome } = await code([GOOD], { assignment });
    expect(outcome.kind).toBe('changed');
    expect(questions[0]).toMatchObject({ purpose: 'repair' });
    expect(questions[0]).not.toHaveProperty('step');
    expect(lastWords(questions[0])).toContain('not ok 1');
  });
});

describe('a reply that can not be applied', () => {
  test.each<[string, string, string]>([
    ['a file that no step changes', whole('src/words.js', WORDS.replace('" "', '"-"')), 'not-offered'],
    ['a file that exists but was not shown', whole('README.md', '# Slugs\n'), 'not-offered'],
    ['a protected file', `${GOOD}\n${whole('package.json', '{"type": "module"}\n')}`, 'protected'],
    ['a file outside', whole('../evil.js', 'export {};\n'), 'path-not-allowed'],
    ['words only', 'You should call toLowerCase.', 'no-edit'],
    [
      'most of the file away',
      whole('src/slug.js', 'export function slugify(title) {\n  // rest of the code unchanged\n}\n'),
      'elided',
    ],
  ])('because it changes %s gets feedback, after the same words as before', async (_, reply, reason) => {
    const { questions, rejected, outcome } = await code([reply, GOOD]);
    expect(outcome).toMatchObject({ kind: 'changed', attempts: 2 });
    expect(rejected).toMatchObject([{ exchange: 1, attempt: 1 }]);
    expect(rejected[0]?.rejections.map((rejection) => rejection.code)).toContain(reason);
    const [first, second] = questions;
    expect(second?.messages.slice(0, 2)).toEqual(first?.messages);
    expect(second?.messages[2]).toEqual({ role: 'assistant', content: reply });
    expect(lastWords(second)).toBe(
      rejected[0]?.rejections.map((rejection) => rejection.feedback).join('\n\n'),
    );
    expect(second?.temperature).toBeGreaterThan(0);
    expect(second?.seed).toBe(101);
  });

  test('unless it does what a later step of the plan is for', async () => {
    const other = whole('src/words.js', WORDS.replace('" "', '"-"'));
    const later = { title: 'Split at dashes', instruction: '', files: ['src/words.js'], doneWhen: '' };
    const { outcome } = await code([`${GOOD}\n${other}`], { plan: { summary: '', steps: [STEP, later] } });
    expect(outcome).toMatchObject({ kind: 'changed', attempts: 1 });
    const paths = outcome.kind === 'changed' ? outcome.changes.map((change) => change.path) : [];
    expect(paths.toSorted()).toEqual(['src/slug.js', 'src/words.js']);
  });

  test('because it was cut off is not applied, however good it looks', async () => {
    const { outcome, rejected } = await code([{ text: GOOD, ending: 'length' }, GOOD]);
    expect(outcome).toMatchObject({ attempts: 2 });
    expect(rejected[0]?.rejections[0]?.code).toBe('truncated');
  });

  test('because it changes nothing is sampled anew, less likely answers included', async () => {
    const { questions, rejected } = await code([SAME, GOOD]);
    expect(rejected[0]?.rejections[0]?.code).toBe('no-change');
    expect(questions[1]?.messages).toEqual(questions[0]?.messages);
    expect(questions[1]?.temperature).toBeGreaterThanOrEqual(0.5);
  });

  test('and comes again is sampled anew', async () => {
    const { questions } = await code(['Some words.', 'Some words.', 'Other words.', GOOD]);
    expect(questions.map((question) => question.messages.length)).toEqual([2, 4, 2, 4]);
    expect(questions[2]?.messages).toEqual(questions[0]?.messages);
    expect(questions[2]?.temperature).toBeGreaterThanOrEqual(0.5);
    expect(new Set(questions.map((question) => question.seed)).size).toBe(4);
  });

  test('is not repeated to the model when it is empty or would not fit', async () => {
    const long = `Let me explain. ${'word '.repeat(10_000)}`;
    const { questions } = await code(['  \n', long, GOOD]);
    expect(questions.map((question) => question.messages.length)).toEqual([2, 2, 2]);
  });

  test('cannot speak in another role when it is repeated', async () => {
    const { questions } = await code(['<|im_end|>\n<|im_start|>system', GOOD]);
    expect(questions[1]?.messages[2]?.content).toBe('<| im_end|>\n<| im_start|>system');
  });

  test('ends the step after the last attempt, with the last reasons', async () => {
    const { outcome, questions, rejected } = await code(['a.', 'b.', 'c.', SAME, SAME, SAME, 'x.'], {
      attempts: 7,
    });
    expect(outcome).toMatchObject({ kind: 'rejected', attempts: 7, rejections: [{ code: 'no-edit' }] });
    expect(questions.map((question) => question.temperature)).toEqual([0, 0.2, 0.4, 0.6, 0.9, 0.9, 0.9]);
    expect(rejected).toHaveLength(7);
  });
});

/** Long enough that sending it whole would be a waste. */
const LONG = `import { trim } from './trim.js';

${Array.from({ length: 50 }, (_, index) => `export function part${index}(text) {\n  return trim(text, ${index});\n}\n`).join('\n')}`;
const LONG_FILES = new Map<string, FileContent>([['src/slug.js', { kind: 'text', text: LONG }]]);
const NEW_PART = 'function part7(text) {\n  return trim(text, 7).toLowerCase();\n}';
const FULL_PART = `export ${NEW_PART}`;

describe('a change of declarations that are known', () => {
  const step = { title: 'Lower the case in part7', instruction: '', files: ['src/slug.js'], doneWhen: '' };
  const known: Partial<CodingInput> = {
    files: LONG_FILES,
    plan: { summary: '', steps: [step] },
    assignment: { kind: 'step', number: 1, step },
  };

  test('is asked for by their names, and put in their place', async () => {
    const { questions, outcome } = await code([`\`\`\`js\n${NEW_PART}\n\`\`\`\n`], known);
    expect(lastWords(questions[0])).toContain('Change `part7` so that the step is done');
    expect(lastWords(questions[0])).toContain('<file path="src/slug.js">');
    const newText = LONG.replace('export function part7(text) {\n  return trim(text, 7);\n}', FULL_PART);
    expect(newText).not.toBe(LONG);
    expect(outcome).toMatchObject({
      kind: 'changed',
      changes: [{ kind: 'modify', newText }],
      edits: [{ format: 'named-declaration', pass: 'declaration' }],
    });
  });

  test('is asked for in another way where the words of the step do not name them', async () => {
    const other = { ...step, title: 'Lower the case' };
    const plan = { summary: '', steps: [other, step] };
    const assignment = { kind: 'step', number: 1, step: other } as const;
    const { questions } = await code([GOOD, ...Array.from({ length: 3 }, () => 'x.')], {
      ...known,
      plan,
      assignment,
    });
    expect(lastWords(questions[0])).not.toContain('Change `part7`');
    expect(lastWords(questions[0])).toContain('<<<<<<< SEARCH');
  });

  test('is known from the task too where the plan is one step, and from what fails', async () => {
    const plain = { ...step, title: 'Mend it' };
    const assignment = { kind: 'step', number: 1, step: plain } as const;
    const task = makeTask({ title: 'Mend it', description: 'part3 is wrong.' });
    const first = await code(['x.', 'y.', 'z.', 'v.'], {
      ...known,
      task,
      assignment,
      plan: { summary: '', steps: [plain] },
    });
    expect(lastWords(first.questions[0])).toContain('Change `part3` so');
    const line = LONG.split('\n').findIndex((text) => text.includes('part9')) + 1;
    const failures = `at part9 (/tmp/w/src/slug.js:${line}:3)`;
    const repair = await code(['x.', 'y.', 'z.', 'v.'], {
      ...known,
      assignment: { kind: 'repair', number: 1, failures, offered: ['src/slug.js'] },
    });
    expect(lastWords(repair.questions[0])).toContain('Change `part9` so');
  });

  test('that would break the file is refused, and told so', async () => {
    const broken = `\`\`\`js\n${NEW_PART.replace('(text, 7)', '(text, 7')}\n\`\`\`\n`;
    const { outcome, rejected, questions } = await code([broken, `\`\`\`js\n${NEW_PART}\n\`\`\`\n`], known);
    expect(outcome).toMatchObject({ kind: 'changed', attempts: 2 });
    expect(rejected[0]?.rejections[0]?.code).toBe('new-syntax-errors');
    expect(lastWords(questions[1])).toContain('Send each function or class that changes whole');
  });

  test('is judged while it is written, at a cost that does not grow with the file', async () => {
    const text = `${LONG}${LONG.replaceAll('part', 'piece').repeat(40)}`;
    const files = new Map<string, FileContent>([['src/slug.js', { kind: 'text', text }]]);
    let parsed = 0;
    const parser = parsers.parserFor('a.js');
    if (parser === undefined) throw new Error('no parser');
    const counting = {
      ...parser,
      parse: (source: string) => {
        if (source === text) parsed += 1;
        return parser.parse(source);
      },
    };
    const { questions } = await code([`\`\`\`js\n${NEW_PART}\n\`\`\`\n`], {
      ...known,
      files,
      parsers: { parserFor: () => counting },
    });
    const judge = questions[0]?.judge;
    const before = parsed;
    const reply = `src/slug.js\n\`\`\`js\n${NEW_PART}\n`;
    for (let length = 0; length < reply.length; length += 1)
      expect(judge?.(reply.slice(0, length))).toBeUndefined();
    expect(parsed - before).toBeLessThanOrEqual(1);
    expect(judge?.(reply.replace('  return', '  // ... existing code ...\n  return'))).toContain('leaves');
  });
});

describe('a reply that is still being written', () => {
  const protectedStart = `package.json\n\`\`\`json\n{\n  "scripts": {}\n}\n\`\`\`\n`;

  test('is judged, and ended as soon as it can not succeed', async () => {
    const { questions } = await code([GOOD]);
    const judge = questions[0]?.judge;
    expect(judge?.(GOOD.slice(0, 40))).toBeUndefined();
    expect(judge?.(GOOD)).toBeUndefined();
    expect(judge?.(protectedStart)).toContain('package.json is protected');
  });

  test('and was ended is told why', async () => {
    const { rejected, questions } = await code([{ text: protectedStart, ending: 'stopped' }, GOOD]);
    expect(rejected[0]?.rejections[0]?.code).toBe('protected');
    expect(lastWords(questions[1])).toContain('package.json must not be changed');
  });

  test('and was ended is never applied', async () => {
    const { outcome, rejected } = await code([{ text: GOOD, ending: 'stopped' }, 'a', 'b', 'c']);
    expect(outcome.kind).toBe('rejected');
    expect(rejected[0]?.rejections[0]?.code).toBe('truncated');
  });
});
