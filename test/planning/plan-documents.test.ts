import { beforeAll, describe, expect, test } from 'vitest';
import { loadTemplates, type Templates } from '../../src/config/templates.js';
import type { FileContent } from '../../src/edits/types.js';
import type { PlanningInput } from '../../src/planning/create-plan.js';
import { planDocuments } from '../../src/planning/plan-documents.js';
import type { PlanOutcome } from '../../src/planning/plan.js';
import { createProtection } from '../../src/tasks/protected-paths.js';
import type { Task } from '../../src/tasks/task.js';
import { makeBudget, makeTask, makeTree } from '../support/make-task.js';
import { scriptAsk } from '../support/scripted-ask.js';

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates(import.meta.dirname);
});

async function plan(fields: Partial<Task>, ...replies: string[]): Promise<PlanOutcome> {
  const task = makeTask({ title: 'Describe it', kind: 'docs', ...fields });
  const input: PlanningInput = {
    task,
    tree: makeTree('README.md', 'docs/guide.md', 'src/a.js', 'src/b.js'),
    readFiles: (paths) =>
      Promise.resolve(
        new Map(paths.map((path): [string, FileContent] => [path, { kind: 'text', text: path }])),
      ),
    templates,
    budget: makeBudget(),
    seed: 0,
    baseFailures: undefined,
    isProtected: createProtection(task, { protect: ['docs/closed'], docs: 'docs/nexus' }),
    limits: { steps: 6, attempts: 4 },
    onRejected: () => Promise.reject(new Error('there is no plan to reject')),
  };
  return planDocuments(input, scriptAsk(...replies).ask);
}

async function targetsOf(fields: Partial<Task>): Promise<string[]> {
  const outcome = await plan(fields, '{"files": []}');
  return outcome.kind === 'plan' ? outcome.plan.documents : [outcome.kind];
}

describe('the documents of a task', () => {
  test('come with what is read for them, and one question at most', async () => {
    expect(await plan({ files: ['README.md', 'src/a.js'] })).toEqual({
      kind: 'plan',
      plan: {
        summary: 'Read the files named below and write the result to README.md.',
        steps: [],
        documents: ['README.md'],
      },
      notes: { fallback: false, attempts: 0, remarks: [], filesRead: ['README.md', 'src/a.js'], leftOut: [] },
    });
    expect(await plan({ kind: 'research' }, '{"files": ["src/b.js"]}')).toMatchObject({
      plan: {
        summary: 'Read the files named below and write the result into this document, below.',
        documents: [],
      },
      notes: { filesRead: ['src/b.js'] },
    });
  });

  test.each<[string, Partial<Task>, string[]]>([
    [
      'stand in `files`, new or not',
      { files: ['docs/new.md', 'README.md', 'src/a.js'] },
      ['docs/new.md', 'README.md'],
    ],
    ['stand in the text', { description: 'Bring README.md up to date.' }, ['README.md']],
    [
      'are the new ones when the text names both',
      { description: 'Write ./docs/how-to.md. Use README.md.' },
      ['docs/how-to.md'],
    ],
    ['may be written as on Windows', { description: 'Write docs\\how-to.md.' }, ['docs/how-to.md']],
    ['are made from the id when none is named', { files: ['src/a.js'] }, ['docs/a-task.md']],
    [
      'never lie outside',
      { description: 'Write ../../x.md, /etc/x.md, C:/a/x.md, .git/x.md.' },
      ['docs/a-task.md'],
    ],
    ['are never what is protected', { files: ['docs/nexus/a-task.md', 'README.md'] }, ['README.md']],
    ['of research are new', { kind: 'research', files: ['README.md', 'docs/found.md'] }, ['docs/found.md']],
    ['of research stand not in the text', { kind: 'research', description: 'Read README.md.' }, []],
  ])('%s', async (_, fields, expected) => {
    expect(await targetsOf(fields)).toEqual(expected);
  });
});
