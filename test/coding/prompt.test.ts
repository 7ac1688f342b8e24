import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  fileStyle,
  orderFiles,
  renderCoderPrompt,
  renderRules,
  type Assignment,
  type CoderPlan,
  type CoderStep,
} from '../../src/coding/prompt.js';
import { loadTemplates, type Templates } from '../../src/config/templates.js';
import type { Target } from '../../src/coding/find-targets.js';
import type { EditFormat, FileContent } from '../../src/edits/types.js';
import { makeTask } from '../support/make-task.js';

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates(import.meta.dirname);
});

function step(title: string, ...files: string[]): CoderStep {
  return { title, instruction: `${title} now.`, files, doneWhen: 'It is.' };
}

const RULES = '# How to answer\nIn one word.';

const ONE: CoderPlan = { summary: 'One.', steps: [step('Mend a', 'a.js')] };
const TWO: CoderPlan = { summary: 'Two.', steps: [step('Mend a', 'a.js'), step('Mend b', 'b.js')] };

function prompt(
  plan: CoderPlan,
  assignment: Assignment,
  files: [string, string][],
  baseFailures?: string,
): string {
  const contents = files.map(([path, text]): [string, FileContent] => [path, { kind: 'text', text }]);
  const messages = renderCoderPrompt({
    task: makeTask({ title: 'Mend all' }),
    plan,
    files: new Map(contents),
    assignment,
    format: 'whole-file',
    rules: RULES,
    baseFailures,
    templates,
  });
  expect(messages.map((message) => message.role)).toEqual(['system', 'user']);
  expect(messages[0]?.content).toBe(templates.fill('coder-system'));
  return messages[1]?.content ?? '';
}

function assign(plan: CoderPlan, number: number): Assignment {
  const found = plan.steps[number - 1];
  if (found === undefined) throw new Error('no such step');
  return { kind: 'step', number, step: found };
}

describe("the Coder's prompt", () => {
  test('says the task, the plan, the failures, the files, the step, and the format last', () => {
    const said = prompt(TWO, assign(TWO, 2), [['b.js', 'b\n']], 'not ok 1');
    const parts = [
      '# Task: Mend all\n\n# Plan: Two.\n1. Mend a (a.js)\n2. Mend b (b.js)',
      '# How the checks fail before the change\nnot ok 1',
      '# Files as they are now\n\nb.js\n```js\nb\n```',
      '# Step 2 of 2: Mend b\nMend b now.\nFiles to change: b.js\nDone when: It is.\n',
    ];
    const places = parts.map((part) => said.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(said.endsWith(`\n\n${RULES}`)).toBe(true);
  });

  test('shows files in another shape than a whole-file answer where that is not asked for', () => {
    expect(fileStyle('whole-file')('a.js', 'a\n')).toContain('```js');
    for (const format of ['named-declaration', 'search-replace', 'unified-diff', 'begin-patch'] as const) {
      expect(fileStyle(format)('a.js', 'a\n')).toBe('<file path="a.js">\na\n</file>');
    }
  });

  test('of a plan with one step ends with the task itself, and takes the plan as a hint', () => {
    const said = prompt(ONE, assign(ONE, 1), []);
    expect(said).not.toContain('# Plan');
    expect(said.slice(said.indexOf('# Step'))).toMatch(/^# Step 1 of 1: Mend all\n/u);
    expect(said).toContain(`Hint: ${ONE.steps[0]?.instruction}\n`);
    const plain: CoderStep = { title: 'Mend all', instruction: 'Mend all', files: [], doneWhen: '' };
    const short = prompt({ summary: '', steps: [plain] }, { kind: 'step', number: 1, step: plain }, []);
    expect(short).not.toContain('Hint:');
    expect(short).toContain(
      'Files to change: none yet: create what is needed\nDone when: the change is made\n',
    );
  });

  test('of a repair shows what fails, as it is', () => {
    const failures = '$& {{title}} <|im_end|>';
    const said = prompt(ONE, { kind: 'repair', number: 1, failures, offered: ['a.js'] }, [['a.js', 'a']]);
    expect(said).toContain('$& {{title}} <| im_end|>');
    expect(said).not.toContain('# Step');
  });

  test('stays the same from step to step up to the first file that changed', () => {
    const paths = orderFiles(['a.js', 'b.js', 'z.js'], TWO.steps);
    const files = (a: string): [string, string][] =>
      paths.map((path) => [path, path === 'a.js' ? a : `${path}\n`]);
    const first = prompt(TWO, assign(TWO, 1), files('old\n'));
    const second = prompt(TWO, assign(TWO, 2), files('new\n'));
    const changed = first.indexOf('old\n');
    expect(changed).toBeGreaterThan(first.indexOf('b.js\n```'));
    expect(second.slice(0, changed)).toBe(first.slice(0, changed));
  });
});

describe('the format rules', () => {
  const target = (name: string, path = 'a.ts', lines = 3): Target => ({ path, name, lines });
  const rules = (format: EditFormat, targets: Target[] = [], offered = ['a.ts']): string =>
    renderRules(format, templates, { targets, offered });

  test.each<[EditFormat, string]>([
    ['whole-file', 'the whole new content of that file'],
    ['search-replace', '<<<<<<< SEARCH'],
    ['unified-diff', 'one unified diff'],
    ['begin-patch', 'one unified diff'],
    ['named-declaration', 'only what you changed or added, each function, method, class, type or constant'],
  ])('of %s', (format, words) => {
    expect(rules(format)).toContain(words);
    expect(rules(format)).toMatch(/^# How to answer\n/u);
  });

  test.each<[string, Target[], string, string]>([
    ['one declaration', [target('Cart.add')], 'Change `Cart.add` so', 'the changed `Cart.add`, whole'],
    [
      'several',
      [target('a'), target('b'), target('c')],
      'Change `a`, `b` and `c` so',
      'the changed `a`, `b` and `c`, whole',
    ],
    ['a new one', [target('peek', 'a.ts', 0)], 'Write the new `peek` so', 'holds the new `peek`, whole'],
    [
      'both',
      [target('a'), target('b', 'a.ts', 0)],
      'Change `a` and write the new `b` so',
      'holds the changed `a` and the new `b`, whole',
    ],
  ])('name %s', (_, targets, change, result) => {
    const said = rules('named-declaration', targets);
    expect(said).toContain(change);
    expect(said).toContain(result);
    expect(said).toContain('answer with one code block that holds');
  });

  test('of several files say where each declaration is, and ask for the paths', () => {
    const said = rules('named-declaration', [target('a'), target('b', 'b.ts')], ['a.ts', 'b.ts']);
    expect(said).toContain('Change `a` of a.ts and `b` of b.ts so');
    expect(said).toContain(
      'one code block for each file, below a line with nothing but its path (a.ts, b.ts),',
    );
  });
});

describe('the order of files', () => {
  test('is: what no step changes, then the last step, at the end the first', () => {
    const steps = [step('1', 'x.js', 'a.js'), step('2', 'b.js'), step('3', 'c.js')];
    expect(orderFiles(['a.js', 'b.js', 'c.js', 'z.js', 'y.js', 'x.js', 'y.js'], steps)).toEqual([
      'y.js',
      'z.js',
      'c.js',
      'b.js',
      'a.js',
      'x.js',
    ]);
  });

  test('depends on nothing but the paths, and leaves the longest unchanged beginning', () => {
    const path = fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e', 'f');
    const plan = fc.array(fc.uniqueArray(path, { maxLength: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(path), plan, (paths, files) => {
        const steps = files.map((some, index) => step(String(index), ...some));
        const ordered = orderFiles(paths, steps);
        expect(ordered).toEqual(orderFiles(paths.toReversed(), steps));
        expect(new Set(ordered)).toEqual(new Set(paths));
        expect(ordered).toHaveLength(new Set(paths).size);
        const firstChange = ordered.map((one) => files.findIndex((some) => some.includes(one)));
        const ranks = firstChange.map((index) => (index === -1 ? files.length : index));
        expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
      }),
    );
  });
});
