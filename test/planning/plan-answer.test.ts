import { describe, expect, test } from 'vitest';
import { parseJson, parsePlanAnswer, PLAN_SCHEMA } from '../../src/planning/plan-answer.js';

const PLAN = {
  answer: 'plan',
  summary: 's',
  steps: [{ title: 't', instruction: 'i', files: ['a.js'], done_when: 'd' }],
  documents: [],
  question: '',
};

describe('an answer to the plan question', () => {
  test('is read, also in a fence', () => {
    expect(parsePlanAnswer(JSON.stringify(PLAN))).toEqual({ answer: PLAN });
    expect(parsePlanAnswer(`\n\`\`\`json\n${JSON.stringify(PLAN, null, 2)}\n\`\`\`\n`)).toEqual({
      answer: PLAN,
    });
    expect(parsePlanAnswer(`\`\`\`\n${JSON.stringify(PLAN)}\`\`\``)).toEqual({ answer: PLAN });
  });

  test.each(['', '{', 'Here is my plan.', '```json\n{\n```', `${JSON.stringify(PLAN)} Done.`])(
    '%j is no whole object',
    (text) => {
      expect(parsePlanAnswer(text)).toEqual({ complaint: 'The answer is not one whole JSON object.' });
    },
  );

  test('that is not as asked is told where', () => {
    const complaint = (value: unknown): string => {
      const parsed = parsePlanAnswer(JSON.stringify(value));
      return 'complaint' in parsed ? parsed.complaint : '';
    };
    expect(complaint({ ...PLAN, answer: 'maybe' })).toContain('"answer"');
    expect(complaint({ ...PLAN, steps: [{ title: 't' }] })).toContain('"steps.0.instruction"');
    expect(complaint([])).toMatch(/not as asked/);
    expect(complaint({ ...PLAN, steps: Array.from({ length: 100 }, () => ({})) }).length).toBeLessThan(500);
  });

  test('has a schema that small servers understand: flat, all keys required', () => {
    const text = JSON.stringify(PLAN_SCHEMA);
    expect(text).not.toMatch(/\$schema|\$ref|\$defs|anyOf|pattern|const/);
    expect(PLAN_SCHEMA).toMatchObject({ additionalProperties: false, required: Object.keys(PLAN) });
  });
});

test('JSON that is none is undefined, null is a value', () => {
  expect(parseJson('null')).toBeNull();
  expect(parseJson('undefined')).toBeUndefined();
});
