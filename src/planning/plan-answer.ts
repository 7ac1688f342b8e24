import { z } from 'zod';
import type { JsonSchema } from '../models/port.js';

/** What the Overseer answers to the plan question. Flat, every key required: see the reference on small models. */
const planAnswer = z.object({
  answer: z.enum(['plan', 'question', 'nothing']),
  summary: z.string(),
  steps: z.array(
    z.object({
      title: z.string(),
      instruction: z.string(),
      files: z.array(z.string()),
      done_when: z.string(),
    }),
  ),
  documents: z.array(z.string()),
  question: z.string(),
});

export type PlanAnswer = z.infer<typeof planAnswer>;

export const PLAN_SCHEMA: JsonSchema = toFlatSchema(planAnswer);

/** Parses the answer; an answer that is not what the schema says gives the complaint for the model. */
export function parsePlanAnswer(text: string): { answer: PlanAnswer } | { complaint: string } {
  const value = parseJson(text);
  if (value === undefined) return { complaint: 'The answer is not one whole JSON object.' };
  const parsed = planAnswer.safeParse(value);
  if (parsed.success) return { answer: parsed.data };
  const issues = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `"${issue.path.join('.')}": ${issue.message}`);
  return { complaint: `The JSON object is not as asked: ${issues.join('; ')}.` };
}

/** The JSON value in `text`, which may stand in a code fence. Undefined when there is none. */
export function parseJson(text: string): unknown {
  const bare = text.trim().replace(/^```(?:json)?\s*\n([\s\S]*?)\n?```$/, '$1');
  try {
    return JSON.parse(bare);
  } catch {
    return undefined;
  }
}

/** JSON Schema as small models' servers understand it: no `$schema`, no keyword that they skip in silence. */
export function toFlatSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...flat } = z.toJSONSchema(schema);
  return flat;
}
