import type { z } from 'zod';
import { createFault, type FaultPlace } from './model-error.js';

/**
 * `answer` as `schema` has it.
 * @throws ModelError `bad-answer` with the first thing that does not fit.
 */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown, place: FaultPlace): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw createFault(place, 'bad-answer', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
