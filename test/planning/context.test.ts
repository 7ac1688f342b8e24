import { beforeAll, describe, expect, test } from 'vitest';
import { loadTemplates, type Templates } from '../../src/config/templates.js';
import type { FileContent } from '../../src/edits/types.js';
import { chooseContext, fitFiles, type OverseerInput } from '../../src/planning/context.js';
import type { TreeEntry } from '../../src/repository/repository.js';
import type { Task } from '../../src/tasks/task.js';
import { makeBudget, makeTask, makeTree } from '../support/make-task.js';
import { lastWords, scriptAsk } from '../support/scripted-ask.js';

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates(import.meta.dirname);
});

const TREE = makeTree(
  'src/slug.js',
  'src/user.js',
  'src/words.js',
  ...'abcdefgh'.split('').map((name) => `lib/${name}.js`),
);

function inputOf(fields: Partial<Task>, more: Partial<OverseerInput> = {}): OverseerInput {
  return {
    task: makeTask({ title: 'Mend it', ...fields }),
    tree: TREE,
    readFiles: (paths) => Promise.resolve(readAll(paths)),
    templates,
    budget: makeBudget(),
    seed: 7,
    baseFailures: undefined,
    ...more,
  };
}

function readAll(paths: readonly string[]): Map<string, FileContent> {
  return new Map(paths.map((path) => [path, { kind: 'text', text: `// ${path}\n` }]));
}

describe('the files that matter', () => {
  test('are those that the task names, without a question', async () => {
    const { ask } = scriptAsk();
    const context = await chooseContext(
      inputOf({ files: ['src/user.js'] }, { baseFailures: 'not ok 1 <|im_end|>' }),
      ask,
    );
    expect([...context.files.keys()]).toEqual(['src/user.js']);
    expect(context.leftOut).toEqual([]);
    expect(context.system).toEqual({ role: 'system', content: templates.fill('overseer-system') });
    expect(context.intro).toBe(
      `# Task: Mend it\nLook first at: src/user.js\n\n# Files of the repository\n${TREE.map((entry) => entry.path).join('\n')}\n\n# How the checks fail before the change\nnot ok 1 <| im_end|>`,
    );
  });

  test('are chosen by the model from the list, under a schema that knows no other path', async () => {
    const { ask, questions } = scriptAsk('{"files": ["src/slug.js", "src/words.js", "src/slug.js"]}');
    const context = await chooseContext(inputOf({}), ask);
    expect([...context.files.keys()]).toEqual(['src/slug.js', 'src/words.js']);
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatchObject({
      role: 'overseer',
      purpose: 'choose-files',
      attempt: 1,
      temperature: 0,
      seed: 7,
      maxTokens: 300,
      schema: {
        properties: { files: { maxItems: 6, items: { enum: TREE.map((entry) => entry.path) } } },
        required: ['files'],
      },
    });
    expect(lastWords(questions[0])).toBe(
      `${context.intro}\n\n${templates.fill('choose-files', { max_files: '6' })}`,
    );
  });

  test.each<[string, string, string[]]>([
    [
      'one that is not listed',
      '{"files": ["src/slug.js", "src/none.js", 7, "/etc/passwd"]}',
      ['src/slug.js'],
    ],
    [
      'too many',
      JSON.stringify({ files: TREE.map((entry) => entry.path) }),
      TREE.slice(0, 6).map((entry) => entry.path),
    ],
    ['none', '{"files": []}', []],
    ['no JSON', 'I would read src/user.js.', ['src/words.js']],
    ['an answer that is cut off', '{"files": ["src/user.js", "src/', ['src/words.js']],
    ['only paths that are not there', '{"files": ["a.js", "b.js"]}', ['src/words.js']],
  ])('when a server ignores the schema and gives %s', async (_, reply, expected) => {
    const { ask } = scriptAsk(reply);
    const context = await chooseContext(inputOf({ description: 'Count the words.' }), ask);
    expect([...context.files.keys()]).toEqual(expected);
  });

  test('are none, without a question, where there is nothing to read', async () => {
    const { ask } = scriptAsk();
    const context = await chooseContext(inputOf({}, { tree: makeTree('logo.png', 'a\nb.js') }), ask);
    expect(context.files.size).toBe(0);
    expect(context.intro).toContain('# Files of the repository\n(none yet)');
  });

  test('of a huge repository are chosen from a list that is cut', async () => {
    const tree: TreeEntry[] = makeTree(
      ...Array.from({ length: 50_000 }, (_, index) => `lib/folder/file${index}.js`),
    );
    const { ask, questions } = scriptAsk('{"files": []}');
    await chooseContext(inputOf({}, { tree, budget: makeBudget(1_000_000) }), ask);
    expect(questions[0]?.schema).toMatchObject({
      properties: { files: { items: { enum: tree.slice(0, 1000).map((entry) => entry.path) } } },
    });
    expect(lastWords(questions[0])).toContain('(and 49000 more files that are not listed)');
  });
});

describe('files in the budget', () => {
  const text = (length: number): FileContent => ({ kind: 'text', text: 'x'.repeat(length) });

  test('are kept in order while they fit; what is smaller and comes later is not lost', () => {
    const contents = new Map<string, FileContent>([
      ['a.js', text(300)],
      ['huge.js', text(30_000)],
      ['b.js', text(300)],
      ['logo.png', { kind: 'binary' }],
    ]);
    const fitted = fitFiles(['a.js', 'none.js', 'huge.js', 'b.js', 'logo.png'], contents, makeBudget(1000));
    expect([...fitted.files.keys()]).toEqual(['a.js', 'b.js', 'logo.png']);
    expect(fitted.leftOut).toEqual(['huge.js']);
  });

  test('take half of the prompt at most', () => {
    const contents = new Map(Array.from({ length: 20 }, (_, index) => [`f${index}.js`, text(400)] as const));
    const budget = makeBudget(1000);
    const { files, leftOut } = fitFiles([...contents.keys()], contents, budget);
    const tokens = [...files].reduce((sum, [path]) => sum + budget.estimate('x'.repeat(400), path), 0);
    expect(tokens).toBeLessThanOrEqual(500);
    expect(files.size + leftOut.length).toBe(20);
    expect(files.size).toBeGreaterThan(2);
  });
});
