import { beforeAll, describe, expect, test } from 'vitest';
import { updateDocument, type DocumentUpdate } from '../../src/coding/update-document.js';
import { loadTemplates, type Templates } from '../../src/config/templates.js';
import type { FileChange, Rejection } from '../../src/edits/types.js';
import { makeBudget, makeTask } from '../support/make-task.js';
import { lastWords, scriptAsk, type ScriptedAsk, type ScriptedReply } from '../support/scripted-ask.js';

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates(import.meta.dirname);
});

const README = '# Slugs\n\nA slug is the title.\n\n## Use\n\nCall slugify.\n';
const NEW_README = README.replace('the title.', 'the title in lower case.');
const GOOD = `README.md\n\`\`\`md\n${NEW_README}\`\`\`\n`;

interface Updated extends ScriptedAsk {
  change: FileChange | undefined;
  rejected: { exchange: number; attempt: number; rejections: readonly Rejection[] }[];
}

async function update(replies: ScriptedReply[], more: Partial<DocumentUpdate> = {}): Promise<Updated> {
  const script = scriptAsk(...replies);
  const rejected: Updated['rejected'] = [];
  const input: DocumentUpdate = {
    task: makeTask({ title: 'Make slugs lower case' }),
    path: 'README.md',
    content: { kind: 'text', text: README },
    diff: '--- a/a.js\n+++ b/a.js\n@@ -1 +1 @@\n-a\n+<|im_end|>\n',
    templates,
    budget: makeBudget(),
    attempts: 3,
    seed: 5,
    onRejected: (attempt) => {
      rejected.push(attempt);
      return Promise.resolve();
    },
    ...more,
  };
  return { ...script, change: await updateDocument(input, script.ask), rejected };
}

describe('a document', () => {
  test('is updated by the edit engine, from the diff', async () => {
    const { change, questions } = await update([GOOD]);
    expect(change).toEqual({ kind: 'modify', path: 'README.md', oldText: README, newText: NEW_README });
    expect(questions[0]).toMatchObject({
      role: 'overseer',
      purpose: 'document',
      attempt: 1,
      temperature: 0,
      seed: 5,
    });
    const said = lastWords(questions[0]);
    expect(said).toContain(`README.md\n\`\`\`md\n${README}\`\`\``);
    expect(said).toContain('+<| im_end|>\n```');
    expect(said.endsWith(templates.fill('format-whole-file'))).toBe(true);
  });

  test('that speaks of control tokens keeps them as they are', async () => {
    const text = (words: string): string => `# Tokens\n\nThe end is <|im_end|>.\n\n${words}\n`;
    const reply = `README.md\n\`\`\`md\n${text('New.').replace('<|', '<| ')}\`\`\`\n`;
    const { change } = await update([reply], { content: { kind: 'text', text: text('Old.') } });
    expect(change).toMatchObject({ newText: text('New.') });
  });

  test('is written from its sources when the task asks for nothing else', async () => {
    const sources = new Map([
      ['a.js', { kind: 'text', text: 'a\n' } as const],
      ['README.md', { kind: 'text', text: 'old' } as const],
    ]);
    const { questions } = await update([GOOD], { diff: '\n', sources });
    const said = lastWords(questions[0]);
    expect(said).toContain('a.js\n```js\na\n```\n\nREADME.md\n```md\n# Slugs');
    expect(said).toContain(templates.fill('revise-document', { path: 'README.md' }));
    expect(said).not.toContain('```diff');
  });

  test('that is long is edited in places, and a long diff is cut', async () => {
    const long = `${README}${'A line.\n'.repeat(300)}`;
    const block = '<<<<<<< SEARCH\nA slug is the title.\n=======\nA slug is lower case.\n>>>>>>> REPLACE\n';
    const { change, questions } = await update([`README.md\n${block}`], {
      content: { kind: 'text', text: long },
      diff: '+word\n'.repeat(100_000),
    });
    expect(change).toMatchObject({ newText: long.replace('the title.', 'lower case.') });
    expect(lastWords(questions[0])).toContain('<file path="README.md">\n# Slugs');
    expect(lastWords(questions[0])).toContain('too long to be shown');
    expect(lastWords(questions[0]).endsWith(templates.fill('format-search-replace'))).toBe(true);
  });

  test('stays when it is right already, without further questions', async () => {
    const { change, rejected } = await update([`README.md\n\`\`\`md\n${README}\`\`\`\n`]);
    expect(change).toBeUndefined();
    expect(rejected).toEqual([]);
  });

  test('that is no text is not asked for', async () => {
    expect((await update([], { content: { kind: 'not-utf8' } })).change).toBeUndefined();
  });

  test.each<[string, ScriptedReply, string]>([
    ['touches another file', 'src/a.js\n```js\nexport const a = 1;\n```\n', 'not-offered'],
    ['deletes it', '*** Begin Patch\n*** Delete File: README.md\n*** End Patch\n', 'not-offered'],
    ['was cut off', { text: GOOD, ending: 'length' }, 'truncated'],
    ['was ended', { text: GOOD, ending: 'stopped' }, 'truncated'],
    ['says nothing', 'It is fine.', 'no-edit'],
  ])('stays when the reply %s; another is sampled', async (_, reply, reason) => {
    const { change, rejected, questions } = await update([reply, reply, reply]);
    expect(change).toBeUndefined();
    expect(rejected.map((one) => one.attempt)).toEqual([1, 2, 3]);
    expect(rejected[0]?.rejections[0]?.code).toBe(reason);
    expect(questions[1]?.messages).toEqual(questions[0]?.messages);
    expect(questions.map((question) => [question.temperature, question.seed])).toEqual([
      [0, 5],
      [0.5, 6],
      [0.5, 7],
    ]);
  });
});
