import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapesRepository } from '../../src/edits/repo-path.js';
import type { PlanAnswer } from '../../src/planning/plan-answer.js';
import {
  complainAboutLength,
  isDocument,
  validatePlan,
  type PlanRules,
} from '../../src/planning/validate-plan.js';
import { createProtection, namedIn } from '../../src/tasks/protected-paths.js';
import type { Task } from '../../src/tasks/task.js';
import { makeTask, makeTree } from '../support/make-task.js';

const TREE = makeTree(
  'README.md',
  'docs/guide.md',
  'docs/nexus/a-task.md',
  { path: 'docs/link.md', mode: '120000' },
  'package.json',
  'src/slug.js',
  'src/deep/only.js',
  'src/x/twice.js',
  'src/y/twice.js',
  'src/x/index.js',
  'src/aux.c',
  'Lib/Caf\u00E9.js',
  { path: 'link', mode: '120000' },
  { path: 'vendor/module', mode: '160000', size: undefined },
  { path: 'run.sh', mode: '100755' },
);

function rulesOf(fields: Partial<Task> = {}): PlanRules {
  const task = makeTask({ title: 'Add a slug', ...fields });
  return {
    tree: new Map(TREE.map((entry) => [entry.path, entry])),
    isProtected: createProtection(task, { protect: ['secret'], docs: 'docs/nexus' }),
    isNamed: namedIn(task),
    maxSteps: 6,
  };
}

function answerOf(steps: Partial<PlanAnswer['steps'][number]>[], documents: string[] = []): PlanAnswer {
  return {
    answer: 'plan',
    summary: 'It makes\n slugs.',
    steps: steps.map((step) => ({
      title: 'Add it',
      instruction: 'Add it.',
      files: [],
      done_when: '',
      ...step,
    })),
    documents,
    question: '',
  };
}

function complaintsOf(files: string[], fields: Partial<Task> = {}): string[] {
  const checked = validatePlan(answerOf([{ files }]), rulesOf(fields));
  return 'complaints' in checked ? checked.complaints : [];
}

describe('a path in a plan', () => {
  test.each([
    'src/slug.js',
    'run.sh',
    'src/new.js',
    'brand/new/folder/file.js',
    'src/aux.c',
    'src/z/index.js',
    'src/z/twice.js',
    'README.md',
  ])('%s may be changed or made', (path) => {
    expect(complaintsOf([path])).toEqual([]);
  });

  test.each<[string, string]>([
    ['../evil.js', 'leads out'],
    ['src/../../evil.js', 'leads out'],
    ['/etc/passwd', 'is absolute'],
    ['C:/x.js', 'is absolute'],
    ['~/.bashrc', 'is absolute'],
    ['.git/hooks/pre-commit', 'inside .git'],
    ['src/.GIT/config', 'inside .git'],
    ['src\\new.js', 'has a backslash'],
    ['src/a\u0000.js', 'control character'],
    ['src/a\n- Step 2: fine.js', 'control character'],
    ['src/\u202Ea.js', 'invisible'],
    ['src/con.js', 'Windows keeps'],
    ['src/a.', 'ends in a dot'],
    [`src/${'x'.repeat(300)}.js`, 'longer than'],
    ['tasks.yml', 'steers Nexus'],
    ['.husky/pre-commit', 'steers Nexus'],
    ['package.json', 'the task does not name it'],
    ['Package.json', 'the task does not name it'],
    ['secret/key.pem', 'protected in .nexus.yml'],
    ['docs/nexus/a-task.md', 'plan document'],
    ['link', 'link or a submodule'],
    ['vendor/module', 'link or a submodule'],
    ['link/x.js', '"link" is not a folder'],
    ['vendor/module/x.js', '"vendor/module" is not a folder'],
    ['src/slug.js/x.js', '"src/slug.js" is not a folder'],
    ['src', 'is a folder'],
    ['src/x', 'is a folder'],
    ['SRC/slug.js', 'upper and lower case only. Write "src/slug.js"'],
    ['src/Slug.js', 'upper and lower case only. Write "src/slug.js"'],
    ['lib/cafe\u0301.js', 'Write "Lib/Caf\u00E9.js"'],
    ['lib/new.js', 'is written "Lib"'],
    ['src/X/deep/new.js', 'is written "src/x"'],
    ['lib/only.js', 'is written "Lib"'],
    ['source/slug.js', 'but "src/slug.js" does'],
    ['only.js', 'but "src/deep/only.js" does'],
  ])('%j: %s', (path, reason) => {
    const complaints = complaintsOf([path]);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(/^Step 1: /);
    expect(complaints[0]).toContain(reason);
    expect(complaints[0]).not.toMatch(/\n/);
    expect(complaints[0]?.length).toBeLessThan(300);
  });

  test.each([
    ['./src/slug.js', 'src/slug.js'],
    ['`src/slug.js`', 'src/slug.js'],
    [' "src/slug.js" ', 'src/slug.js'],
    ['src\\slug.js', 'src/slug.js'],
    ['/src/slug.js', 'src/slug.js'],
    ['`./src/new.js`', 'src/new.js'],
  ])('%j means %s', (written, path) => {
    const checked = validatePlan(answerOf([{ files: [written, path, ''] }]), rulesOf());
    expect(checked).toMatchObject({ plan: { steps: [{ files: [path] }] } });
  });

  test('that the task names may have the name of another file', () => {
    expect(complaintsOf(['lib2/slug.js'], { description: 'Create lib2/slug.js' })).toEqual([]);
    expect(complaintsOf(['package.json'], { files: ['package.json'] })).toEqual([]);
  });

  test('is held to `only`', () => {
    const fields = { files: ['src/slug.js'], only: true };
    expect(complaintsOf(['src/slug.js'], fields)).toEqual([]);
    expect(complaintsOf(['src/new.js'], fields)[0]).toContain('only the files it names');
  });
});

describe('new paths of one plan', () => {
  test('that differ in case only are one file to some systems', () => {
    const checked = validatePlan(answerOf([{ files: ['n/A.js'] }, { files: ['n/a.js'] }]), rulesOf());
    expect(checked).toEqual({
      complaints: ['"n/A.js" and "n/a.js" differ in upper and lower case only. Use one of them.'],
    });
  });

  test('can not be a file and a folder', () => {
    const checked = validatePlan(answerOf([{ files: ['n', 'n/a.js'] }]), rulesOf());
    expect(checked).toEqual({ complaints: ['"n" can\'t be a file and the folder of "n/a.js" at once.'] });
  });
});

describe('a step', () => {
  test('that only looks may look anywhere, and changes nothing there', () => {
    const steps = [
      {
        title: 'Review the code',
        instruction: 'Review the code.',
        files: ['package.json', '../x', 'src', 'src/slug.js'],
      },
      { files: ['src/slug.js'] },
    ];
    const checked = validatePlan(answerOf(steps), rulesOf());
    expect(checked).toMatchObject({
      plan: { steps: [{ files: ['src/slug.js'] }, { files: ['src/slug.js'] }] },
    });
  });

  test.each([
    ['1. Add it', 'Add it'],
    ['Step 2: Add it', 'Add it'],
    ['step 3 - Add\n it', 'Add it'],
    ['2nd file', '2nd file'],
    ['', 'The instruction.'],
  ])('with the title %j has the title %j', (title, expected) => {
    const checked = validatePlan(
      answerOf([{ title, instruction: ' The instruction. ', done_when: ' a\nb ', files: ['src/slug.js'] }]),
      rulesOf(),
    );
    expect(checked).toMatchObject({
      plan: {
        summary: 'It makes slugs.',
        steps: [{ title: expected, instruction: 'The instruction.', doneWhen: 'a b' }],
      },
    });
  });

  test('has its title as instruction when it has none, and is refused when it has neither', () => {
    expect(validatePlan(answerOf([{ instruction: '  ', files: ['src/slug.js'] }]), rulesOf())).toMatchObject({
      plan: { steps: [{ instruction: 'Add it' }] },
    });
    expect(
      validatePlan(answerOf([{ title: ' ', instruction: '\n', files: ['src/slug.js'] }]), rulesOf()),
    ).toEqual({
      complaints: ['Step 1 is empty.'],
    });
  });

  test('may name no file, but not all may', () => {
    expect(validatePlan(answerOf([{}, { files: ['src/slug.js'] }]), rulesOf())).toHaveProperty('plan');
    expect(validatePlan(answerOf([{}, {}]), rulesOf())).toEqual({
      complaints: ['No step names a file. Name in "files" the paths that each step changes or creates.'],
    });
    expect(validatePlan(answerOf([]), rulesOf())).toEqual({
      complaints: ['There is no step. Plan at least one step that changes a file.'],
    });
  });

  test('with fifty wrong paths is told of a few', () => {
    const files = Array.from({ length: 50 }, (_, index) => `../x${index}`);
    expect(complaintsOf(files)).toHaveLength(8);
    expect(complaintsOf(['../x', './../x'])).toHaveLength(1);
  });
});

test('documents are files that exist, are text by name, and may be changed', () => {
  const wanted = [
    'README.md',
    './README.md',
    'docs/guide.md',
    'docs/none.md',
    'src/slug.js',
    'docs/link.md',
    'tasks.yml',
  ];
  const checked = validatePlan(
    answerOf([{ files: ['src/slug.js'] }], [...wanted, 'docs/nexus/a-task.md']),
    rulesOf(),
  );
  expect(checked).toMatchObject({ plan: { documents: ['README.md', 'docs/guide.md'] } });
  expect(['a.md', 'a.MD', 'a.rst', 'a.adoc', 'a.txt', 'b/c.markdown'].every(isDocument)).toBe(true);
  expect(['a.mdown.js', 'md', 'amd', 'a.md/b'].some(isDocument)).toBe(false);
});

test('a plan that is too long is told how long it may be', () => {
  expect(complainAboutLength(9, 6)).toContain('9 steps; at most 6');
});

test('whatever a plan names, what is accepted stays inside the repository and out of what is protected', () => {
  const part = fc.constantFrom(
    '..',
    '.',
    'src',
    'SRC',
    '.git',
    'slug.js',
    'a',
    '',
    'package.json',
    '\u0000',
    'tasks.yml',
    ' ',
  );
  const path = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('/'));
  const rules = rulesOf();
  fc.assert(
    fc.property(fc.array(fc.oneof(path, fc.string()), { maxLength: 4 }), (files) => {
      const checked = validatePlan(answerOf([{ files }, { files: ['src/slug.js'] }]), rules);
      if ('complaints' in checked) return;
      for (const file of checked.plan.steps.flatMap((step) => step.files)) {
        expect(escapesRepository(file)).toBe(true);
        expect(rules.isProtected(file)).toBeUndefined();
        expect(rules.tree.get(file)?.mode ?? '100644').toMatch(/^100/);
      }
    }),
    { numRuns: 300 },
  );
});

test('a repository of 100,000 files is looked through quickly', () => {
  const tree = makeTree(
    ...Array.from({ length: 100_000 }, (_, index) => `src/d${index % 300}/file-${index}.ts`),
  );
  const rules = { ...rulesOf(), tree: new Map(tree.map((entry) => [entry.path, entry])) };
  const before = process.cpuUsage();
  validatePlan(answerOf([{ files: ['src/new-1.ts', 'src/new/new-2.ts'] }]), rules);
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000);
});
