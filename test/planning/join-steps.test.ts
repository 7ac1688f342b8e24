import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinSteps } from '../../src/planning/join-steps.js';
import type { PlanStep } from '../../src/planning/plan.js';
import { kindOf } from '../../src/planning/step-kind.js';

const KNOWN = new Set(['src/slug.js', 'src/a.js', 'src/b.js', 'src/c.js', 'test/slug.test.js', 'a.test.js']);
const exists = (path: string): boolean => KNOWN.has(path);

function step(title: string, files: string[], instruction = title, doneWhen = ''): PlanStep {
  return { title, instruction, files, doneWhen };
}

function join(...steps: PlanStep[]): ReturnType<typeof joinSteps> {
  return joinSteps(steps, exists);
}

describe('what a step does', () => {
  test.each<[string, string, string[]]>([
    ['Identify the problem', 'Read the slugify function and find out why it fails.', ['src/slug.js']],
    ['Identify the bug in the code', 'Look at how the words are joined.', ['src/slug.js']],
    ['Test the function', 'Run the function with a few titles to see that it works.', ['src/slug.js']],
    ['Test the function', 'Test the updated function.', ['src/slug.js']],
    ['Run the tests', 'Run all tests and make sure that they pass.', ['test/slug.test.js']],
    ['Test the changes', 'Run the tests to see that they pass.', ['test/slug.test.js']],
    ['Verify the fix', 'Verify that the fix works as expected.', ['src/slug.js']],
    ['Verify the change', 'Check that this small change is right.', ['src/slug.js']],
    ['Ensure all tests pass', 'Ensure that all tests pass.', ['test/slug.test.js']],
    ['Review the code', 'Review the code.', ['src/slug.js']],
  ])('%s (%s): it looks', (title, instruction, files) => {
    expect(kindOf(step(title, files, instruction), exists)).toBe('looks');
  });

  test.each<[string, string, string[]]>([
    ['Fix the slug', 'Lower the case of the title.', ['src/slug.js']],
    ['Test the function', 'Write tests for empty titles.', ['test/slug.test.js']],
    ['Test edge cases', 'Empty titles and titles of blanks only.', ['test/slug.test.js']],
    ['Test the new function', 'Check it for empty titles.', ['test/new.test.js']],
    ['Identify and fix the bug', 'It is in slugify.', ['src/slug.js']],
    ['Validate the input', 'A title that is no string throws a TypeError.', ['src/slug.js']],
    ['Ensure negative numbers are rejected', 'Numbers below zero are an error.', ['src/slug.js']],
    ['Open the file', 'Replace the call of trim.', ['src/slug.js']],
    ['Create a new file', 'Create a new file for slugs.', ['src/new.js']],
    ['Create an empty file', 'Create an empty file. Then export slugify from it.', ['src/new.js']],
    ['Add empty file handling', 'Add handling of empty files.', ['src/slug.js']],
  ])('%s (%s): it changes', (title, instruction, files) => {
    expect(kindOf(step(title, files, instruction), exists)).toBe('changes');
  });

  test.each([
    'Create an empty file',
    'Create a new empty file',
    'Add a blank module',
    'Make the empty file src/new.js',
  ])('%s: it makes an empty file', (title) => {
    expect(kindOf(step(title, ['src/new.js'], `${title}.`), exists)).toBe('makes-empty');
  });
});

describe('steps that change nothing', () => {
  test('go into the step beside them, without their words', () => {
    const fix = step('Fix slugify', ['src/slug.js'], 'Lower the case.');
    const joined = join(
      step('Identify the problem', ['src/slug.js', 'src/a.js'], 'Find it.'),
      fix,
      step('Test the function', ['src/slug.js'], 'Run it.'),
    );
    expect(joined.steps).toEqual([fix]);
    expect(joined.remarks).toEqual([
      'Step 1 ("Identify the problem") changes nothing by itself and was joined with step 2.',
      'Step 3 ("Test the function") changes nothing by itself and was joined with step 2.',
    ]);
  });

  test('leave nothing of a plan that has no others', () => {
    const joined = join(step('Identify the problem', ['src/a.js']), step('Run the tests', ['a.test.js']));
    expect(joined.steps).toEqual([]);
  });

  test('that make an empty file give it to the step that fills it, else to the next one', () => {
    const empty = step('Create an empty file', ['src/new.js'], 'Create an empty file.');
    const fill = step('Write slugify', ['src/new.js'], 'Export slugify.');
    expect(join(empty, fill).steps).toEqual([fill]);
    const other = step('Use slugify', ['src/a.js'], 'Import it.');
    expect(join(empty, other).steps).toEqual([{ ...other, files: ['src/a.js', 'src/new.js'] }]);
    expect(join(other, empty).steps).toEqual([{ ...other, files: ['src/a.js', 'src/new.js'] }]);
    expect(join(empty).steps).toEqual([]);
  });

  test('are told from those that write tests', () => {
    const plan = [
      step('Add slugify', ['src/slug.js']),
      step('Test the function', ['test/slug2.test.js'], 'Cover empty titles.'),
    ];
    expect(join(...plan)).toEqual({ steps: plan, remarks: [] });
  });
});

describe('a step that names no file', () => {
  test('gets those of the step before it, even one that only looks', () => {
    const joined = join(
      step('Identify the bug', ['src/slug.js'], 'Find it.'),
      step('Fix the bug', [], 'Lower the case.'),
      step('Write tests', ['test/slug.test.js']),
    );
    expect(joined.steps).toEqual([
      step('Fix the bug', ['src/slug.js'], 'Lower the case.'),
      step('Write tests', ['test/slug.test.js']),
    ]);
    expect(joined.remarks[0]).toBe('Step 2 ("Fix the bug") names no file and was given those of step 1.');
  });

  test('keeps its words in the step whose files it gets', () => {
    const joined = join(
      step('Guard the input', [], 'Throw on no title.'),
      step('Fix slugify', ['src/slug.js'], 'Lower the case.'),
    );
    expect(joined.steps).toEqual([
      {
        title: 'Guard the input; fix slugify',
        instruction: 'Throw on no title.\nLower the case.',
        files: ['src/slug.js'],
        doneWhen: '',
      },
    ]);
  });

  test('stays as it is when no step names one', () => {
    const plan = [step('Add a', []), step('Add b', [])];
    expect(join(...plan).steps).toEqual(plan);
  });
});

describe('steps on the same file', () => {
  test('become one, with their words in order and each said once', () => {
    const joined = join(
      step('Add slugify', ['src/slug.js'], 'Add slugify.', 'it is exported'),
      step('Change b', ['src/b.js'], 'Use it.'),
      step('Export slugify', ['src/slug.js'], 'Export it. Add slugify.', 'it is exported'),
      step('Change b', ['src/c.js', 'src/b.js'], 'And c.', 'c works'),
    );
    expect(joined.steps).toEqual([
      {
        title: 'Add slugify; export slugify',
        instruction: 'Export it. Add slugify.',
        files: ['src/slug.js'],
        doneWhen: 'it is exported',
      },
      {
        title: 'Change b',
        instruction: 'Use it.\nAnd c.',
        files: ['src/b.js', 'src/c.js'],
        doneWhen: 'c works',
      },
    ]);
    expect(joined.remarks).toEqual([
      'Steps 1 and 3 were joined: they change the same files (src/slug.js).',
      'Steps 2 and 4 were joined: they change the same files (src/b.js).',
    ]);
  });

  test('keep the order of the plan also when a later step joins two', () => {
    const joined = join(
      step('One', ['src/a.js'], 'First.'),
      step('Two', ['src/b.js'], 'Second.'),
      step('Three', ['src/b.js', 'src/a.js'], 'Third.'),
    );
    expect(joined.steps.map((one) => one.instruction)).toEqual(['First.\nSecond.\nThird.']);
    expect(joined.remarks).toEqual([
      'Steps 1, 2 and 3 were joined: they change the same files (src/b.js, src/a.js).',
    ]);
  });

  test('have a title that is no longer than a line', () => {
    const titles = ['one', 'two', 'three', 'four'].map(
      (word) => `Add the handling of case number ${word} to slugs`,
    );
    const joined = join(...titles.map((title) => step(title, ['src/slug.js'])));
    expect(joined.steps.map((one) => one.title)).toEqual([`${titles[0]} (and 3 more)`]);
  });
});

test('whatever is planned: no file twice, no lost file of a step that changes, steps in order', () => {
  const anyStep = fc.record({
    title: fc.constantFrom('Add x', 'Identify the problem', 'Create an empty file', 'Test it', 'Fix y'),
    instruction: fc.constantFrom('Add x.', 'Find it.', 'Run it.', 'Create an empty file.'),
    files: fc.uniqueArray(fc.constantFrom('src/a.js', 'src/b.js', 'a.test.js', 'new.js', 'new2.js')),
    doneWhen: fc.constantFrom('', 'it works'),
  });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 8 }), (steps) => {
      const joined = joinSteps(steps, exists).steps;
      const files = joined.flatMap((one) => one.files);
      expect(new Set(files).size).toBe(files.length);
      const changing = steps.filter((one) => one.files.length > 0 && kindOf(one, exists) === 'changes');
      expect(new Set(files)).toEqual(new Set([...files, ...changing.flatMap((one) => one.files)]));
      for (const one of changing) {
        const home = joined.find((other) => one.files.some((file) => other.files.includes(file)));
        expect(home?.instruction).toContain(one.instruction);
      }
      expect(joinSteps(joined, exists).steps).toHaveLength(joined.length);
    }),
  );
});
