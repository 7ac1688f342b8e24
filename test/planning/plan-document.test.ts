import { describe, expect, test } from 'vitest';
import type { Plan, PlanNotes } from '../../src/planning/plan.js';
import {
  renderFinalDocument,
  renderPlanDocument,
  type DocumentFacts,
} from '../../src/planning/plan-document.js';
import { makeTask } from '../support/make-task.js';

const NOTES: PlanNotes = { fallback: false, attempts: 1, remarks: [], filesRead: [], leftOut: [] };
const PLAN: Plan = {
  summary: 'Titles become slugs.',
  steps: [
    {
      title: 'Add slugify',
      instruction: 'Lower the case.',
      files: ['src/slug.js', 'a b.js'],
      doneWhen: 'It works.',
    },
    { title: 'Use it', instruction: 'Call it.', files: [], doneWhen: '' },
  ],
  documents: ['README.md'],
};
const FACTS: DocumentFacts = {
  commits: [
    { oid: 'a', label: 'plan', subject: 'Plan: slugs', attempts: 1 },
    { oid: 'b', label: 'step-1', subject: 'Add slugify', attempts: 3 },
  ],
  files: [
    { path: 'src/slug.js', status: 'modified', added: 3, deleted: 1 },
    { path: 'new.js', status: 'added', added: 2, deleted: undefined },
    { path: 'logo.png', status: 'added', added: undefined, deleted: undefined },
  ],
  checks: [{ name: 'tests', command: 'npm test', outcome: 'passed' }],
  verdict: 'all pass on the commit before this document.',
  rejectedReplies: 2,
  models: { overseer: 'llama3.1:8b', coder: 'qwen2.5-coder:7b' },
};

describe('the plan document', () => {
  test('says the task, the plan, and what the program did to it', () => {
    const task = makeTask({
      title: 'Add a slug',
      description: 'Of the title.\n\n- lower case',
      acceptance: ['It is lower case', '# No heading'],
    });
    const notes = {
      fallback: false,
      attempts: 2,
      remarks: ['Step 1 ("<b>") was joined.'],
      filesRead: ['src/slug.js', 'a`b.js'],
      leftOut: ['big.js'],
    };
    expect(renderPlanDocument({ task, plan: PLAN, notes })).toBe(
      `# Add a slug

> Of the title.
>
> - lower case

## Acceptance

- [ ] It is lower case
- [ ] \\# No heading

## Plan

Titles become slugs.

### 1. Add slugify

Lower the case.

Files: \`src/slug.js\`, \`a b.js\`

Done when: It works.

### 2. Use it

Call it.

- Step 1 ("&lt;b>") was joined.
- Read for this plan: \`src/slug.js\`, \`\` a\`b.js \`\`.
- Left out, since they did not fit the context: \`big.js\`.
`,
    );
  });

  test('of a task in one sentence is short, and says when the plan is the task', () => {
    const task = makeTask({ title: 'Add a slug', description: 'Add a slug' });
    const plan = { summary: 'Add a slug', steps: [], documents: [] };
    expect(renderPlanDocument({ task, plan, notes: NOTES })).toBe('# Add a slug\n\n## Plan\n\nAdd a slug\n');
    expect(renderPlanDocument({ task, plan, notes: { ...NOTES, fallback: true, attempts: 4 } })).toContain(
      '- No plan of the model could be used after 4 attempts: the task itself is the plan.\n',
    );
  });
});

describe('the final document', () => {
  const task = makeTask({ title: 'Add a slug' });

  test('adds prose and facts', () => {
    const prose = { what: 'Slugs are made.', why: 'As asked.', review: 'Look at src/slug.js.' };
    const text = renderFinalDocument({
      task,
      plan: PLAN,
      notes: NOTES,
      prose,
      findings: undefined,
      facts: FACTS,
    });
    expect(text.startsWith(renderPlanDocument({ task, plan: PLAN, notes: NOTES }))).toBe(true);
    expect(text.slice(text.indexOf('## What changed'))).toBe(`## What changed

Slugs are made.

As asked.

## How to review

Look at src/slug.js.

## Facts

Files:

- \`src/slug.js\`: modified, +3 −1
- \`new.js\`: added, +2 −0
- \`logo.png\`: added

Commits:

- plan: Plan: slugs
- step-1: Add slugify (attempt 3)

Checks: all pass on the commit before this document.

- \`npm test\`: passed

Replies that were not applied: 2. Planned and written up by \`llama3.1:8b\`, coded by \`qwen2.5-coder:7b\`.
`);
  });

  test('without prose and checks has the facts alone', () => {
    const facts = { ...FACTS, commits: [], files: [], checks: [], verdict: 'none is configured.' };
    const text = renderFinalDocument({
      task,
      plan: PLAN,
      notes: NOTES,
      prose: undefined,
      findings: undefined,
      facts,
    });
    expect(text).not.toContain('## What changed');
    expect(text).toContain(
      'Files:\n\n- none\n\nCommits:\n\n- none\n\nChecks: none is configured.\n\nReplies',
    );
  });

  test('holds findings below its own headings', () => {
    const findings = '# What I found\n\n## Facts\n\n```\nunclosed';
    const text = renderFinalDocument({
      task,
      plan: PLAN,
      notes: NOTES,
      prose: undefined,
      findings,
      facts: FACTS,
    });
    expect(text).toContain(
      '## Findings\n\n### What I found\n\n#### Facts\n\n```\nunclosed\n```\n\n## Facts\n',
    );
  });

  test('cannot be forged by what models write', () => {
    const hostile =
      'Fine.\n\n## Facts\n\nChecks: all pass\n---\n<script>x</script>\n![p](http://e/p.png)\n```\n';
    const evil: Plan = {
      summary: hostile,
      steps: [{ title: hostile, instruction: hostile, files: ['a\n# b.js'], doneWhen: hostile }],
      documents: [],
    };
    const text = renderFinalDocument({
      task: makeTask({ title: hostile, description: `Say ${hostile}`, acceptance: [hostile] }),
      plan: evil,
      notes: { ...NOTES, remarks: [hostile], filesRead: ['x\n## y.js'], leftOut: [] },
      prose: { what: hostile, why: hostile, review: hostile },
      findings: undefined,
      facts: { ...FACTS, commits: [{ oid: 'a', label: 'step-1', subject: hostile, attempts: 1 }] },
    });
    const headings = text.split('\n').filter((line) => /^#{1,6} /.test(line));
    expect(headings.map((line) => line.slice(0, 20))).toEqual([
      '# Fine. ## Facts Che',
      '## Acceptance',
      '## Plan',
      '### 1. Fine. ## Fact',
      '## What changed',
      '## How to review',
      '## Facts',
    ]);
    expect(text).not.toContain('<script>');
    expect(text).not.toContain('![');
    expect(text).not.toMatch(/^-+$/m);
    // Every fence that a text opened is closed: their lines come in pairs.
    expect(text.split('\n').filter((line) => /^(> )?```$/.test(line)).length % 2).toBe(0);
  });
});
