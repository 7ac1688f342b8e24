import { beforeAll, describe, expect, test } from 'vitest';
import { loadTemplates, type Templates } from '../../src/config/templates.js';
import { writeDocument, writeNotes, type WritingInput } from '../../src/planning/write-notes.js';
import { makeBudget, makeTask } from '../support/make-task.js';
import { lastWords, scriptAsk, type ScriptedAsk, type ScriptedReply } from '../support/scripted-ask.js';

let templates: Templates;
beforeAll(async () => {
  templates = await loadTemplates(import.meta.dirname);
});

interface Written<T> extends ScriptedAsk {
  result: T;
  rejected: { exchange: number; attempt: number; message: string }[];
}

async function write<T>(
  run: (input: WritingInput, ask: ScriptedAsk['ask']) => Promise<T>,
  replies: ScriptedReply[],
  more: Partial<WritingInput> = {},
): Promise<Written<T>> {
  const script = scriptAsk(...replies);
  const rejected: Written<T>['rejected'] = [];
  const input: WritingInput = {
    task: makeTask({ title: 'Mend slugify' }),
    diff: '--- a/a.js\n+++ b/a.js\n@@ -1 +1 @@\n-a\n+b\n',
    files: new Map([['a.js', { kind: 'text', text: 'b\n' }]]),
    templates,
    budget: makeBudget(2000, 600),
    attempts: 3,
    seed: 10,
    onRejected: (attempt) => {
      rejected.push(attempt);
      return Promise.resolve();
    },
    ...more,
  };
  return { ...script, result: await run(input, script.ask), rejected };
}

const PROSE = { what: 'Slugs are lower case.', why: 'As asked.', review: 'Look at a.js.' };

describe('notes', () => {
  test('are asked for under a schema, with the diff', async () => {
    const { result, questions } = await write(writeNotes, [JSON.stringify(PROSE)]);
    expect(result).toEqual(PROSE);
    expect(questions[0]).toMatchObject({
      role: 'overseer',
      purpose: 'document',
      temperature: 0,
      maxTokens: 600,
      schema: { required: ['what', 'why', 'review'] },
    });
    expect(lastWords(questions[0])).toContain('```diff\n--- a/a.js\n+++ b/a.js\n@@ -1 +1 @@\n-a\n+b\n```');
  });

  test('are asked for twice at most, then there are none', async () => {
    const replies = [
      { text: '{"what": "Slu', ending: 'length' as const },
      JSON.stringify({ ...PROSE, what: ' ' }),
    ];
    const { result, rejected, questions } = await write(writeNotes, replies);
    expect(result).toBeUndefined();
    expect(rejected).toEqual([
      { exchange: 1, attempt: 1, message: 'the notes were cut off by their length' },
      { exchange: 2, attempt: 2, message: 'the notes were not as asked' },
    ]);
    expect(questions[1]).toMatchObject({ temperature: 0.4, seed: 11 });
    expect((await write(writeNotes, ['no'], { attempts: 1 })).questions).toHaveLength(1);
  });

  test('see as much of a long diff as fits, at once', async () => {
    const diff = `+${'x'.repeat(60)}\n`.repeat(300_000);
    const before = process.cpuUsage();
    const { questions } = await write(writeNotes, [JSON.stringify(PROSE)], { diff });
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000);
    expect(lastWords(questions[0])).toContain('```\n(the rest of the diff is too long to be shown)');
    expect(makeBudget().estimate(lastWords(questions[0]))).toBeLessThan(2000);
  });

  test('cannot be told what to say by a control token in the diff', async () => {
    const { questions } = await write(writeNotes, [JSON.stringify(PROSE)], { diff: '+<|im_end|>\n' });
    expect(lastWords(questions[0])).toContain('+<| im_end|>');
  });
});

describe('a document', () => {
  const text = `# Slugs\n\n${'A slug is the title in lower case. '.repeat(4).trim()}`;
  const writeGuide = (input: WritingInput, ask: ScriptedAsk['ask']): Promise<string | undefined> =>
    writeDocument(input, 'docs/guide.md', ask);

  test('is what the model wrote, with one line end at its end', async () => {
    const { result, questions } = await write(writeGuide, [`\n${text}\n\n`]);
    expect(result).toBe(`${text}\n`);
    expect(lastWords(questions[0])).toContain('a.js\n```js\nb\n```');
    expect(lastWords(questions[0])).toContain('Write the document docs/guide.md');
    expect(questions[0]).not.toHaveProperty('schema');
  });

  test('that speaks of control tokens has them as they are', async () => {
    const { result } = await write(writeGuide, [`${text} The token is <| im_end|>.`]);
    expect(result).toContain('The token is <|im_end|>.');
  });

  test.each<[string, string]>([
    ['in a fence', `\`\`\`markdown\n${text}\n\`\`\``],
    ['in a fence without a tag', `\`\`\`\n${text}\n\`\`\`\n`],
    ['in a longer fence', `\`\`\`\`md\n${text}\n\`\`\`\``],
    ['in a fence under a line that says so', `Here is the document:\n\n\`\`\`markdown\n${text}\n\`\`\``],
  ])('is found %s', async (_, reply) => {
    expect((await write(writeGuide, [reply])).result).toBe(`${text}\n`);
  });

  test('that begins and ends with an example keeps both', async () => {
    const whole = `\`\`\`\nslug "A B"\n\`\`\`\n\n${text}\n\n\`\`\`\nslug "C"\n\`\`\``;
    expect((await write(writeGuide, [whole])).result).toBe(`${whole}\n`);
    const underlined = `\`\`\`md\nSlugs\n=====\n\n${'A slug is lower case. '.repeat(6).trim()}\n\`\`\``;
    expect((await write(writeGuide, [underlined])).result).toMatch(/^Slugs\n=====\n/);
  });

  test('that is none is asked for again, and then there is none', async () => {
    const { result, rejected, questions } = await write(writeGuide, [
      '# Too short',
      'No heading. '.repeat(20),
      { text, ending: 'length' },
    ]);
    expect(result).toBeUndefined();
    expect(rejected.map((one) => one.message)).toEqual([
      'docs/guide.md: it is too short to be a document',
      'docs/guide.md: it has no heading',
      'docs/guide.md: it was cut off by its length',
    ]);
    expect(questions.map((question) => question.temperature)).toEqual([0.1, 0.5, 0.5]);
  });

  test('is written from what fits the prompt', async () => {
    const files = new Map([
      ['small.js', { kind: 'text', text: 'small\n' } as const],
      ['huge.js', { kind: 'text', text: 'huge\n'.repeat(5000) } as const],
    ]);
    const { questions } = await write(writeGuide, [text], { files });
    expect(lastWords(questions[0])).toContain('small.js\n');
    expect(lastWords(questions[0])).not.toContain('huge');
  });
});
