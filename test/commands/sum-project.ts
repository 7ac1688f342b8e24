import type { Replies, ScriptedReply } from '../support/scripted-ollama.js';

/** Git is there on every system, and starts in a twentieth of the time of Node. */
export const SUM_CHECK = 'git grep -q "a + b" -- sum.mjs';

/** A project with one bug, a check that sees it, and one task. */
export const SUM_PROJECT = {
  'sum.mjs': 'export const sum = (a, b) => a - b;\n',
  '.nexus.yml': `checks:\n  - ${SUM_CHECK}\n`,
  'tasks.yml': [
    'tasks:',
    '  - id: fix-sum',
    '    title: Make sum add',
    '    files: [sum.mjs]',
    '  - id: later',
    '    title: Something later',
    '    depends_on: fix-sum',
    '',
  ].join('\n'),
};

const PLAN = {
  answer: 'plan',
  summary: 'Use plus.',
  steps: [{ title: 'Add', instruction: 'Use + in sum.', files: ['sum.mjs'], done_when: 'The check passes.' }],
  documents: [],
  question: '',
};

export const GOOD_CODE = 'sum.mjs\n```js\nexport const sum = (a, b) => a + b;\n```\n';
export const BAD_CODE = 'sum.mjs\n```js\nexport const sum = (a, b) => a * b;\n```\n';

const NOTES = {
  what: 'The sum of two numbers is added now.',
  why: 'It subtracted them.',
  review: 'Look at sum.mjs and run the check.',
};

/** Answers each request as what it is: a plan, the notes for the document, or code where the format rules stand. */
export function answering(parts: { plan?: object; code?: string | ScriptedReply } = {}): Replies {
  return ({ messages, format }) => {
    const answer = answerSum(messages, format);
    if (typeof answer === 'string') return parts.code ?? answer;
    return { json: answer === PLAN ? (parts.plan ?? PLAN) : answer };
  };
}

/** The right answer to any question about the project, whatever protocol it came by: code, or a value. */
export function answerSum(messages: readonly { content: string }[], schema: unknown): string | object {
  if (messages.some(({ content }) => content.includes('# How to answer'))) return GOOD_CODE;
  return (JSON.stringify(schema) ?? '').includes('"review"') ? NOTES : PLAN;
}

/** With one attempt for everything, so that what fails stays failed. */
export const ONE_ATTEMPT = {
  ...SUM_PROJECT,
  '.nexus.yml': `${SUM_PROJECT['.nexus.yml']}limits:\n  attempts: 1\n`,
};
