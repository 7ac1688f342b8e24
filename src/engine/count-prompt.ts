import { ModelError } from '../models/model-error.js';
import type { Question } from '../models/ask.js';
import type { Model } from '../models/port.js';
import type { TokenMeter } from '../models/token-estimate.js';

/** Of the longest answer: with less room than this for it a prompt is too long. */
const LEAST_ANSWER = 0.5;

/**
 * Tokens of a prompt: the server's count where it can count, from which `meter` learns, else `estimated`.
 * @throws ModelError `context-exceeded` before anything is read, when the count shows that no answer would have room; the
 * reason of `signal`
 */
export async function countPrompt(
  model: Model,
  { messages, maxTokens }: Question,
  { estimated, meter }: { estimated: number; meter: TokenMeter },
  signal: AbortSignal,
): Promise<number> {
  const counted = await model.countTokens?.(messages, signal);
  if (counted === undefined) return estimated;
  meter.learn(estimated, counted);
  const thinking = model.thinking?.maxTokens ?? 0;
  const room = model.contextTokens - counted - thinking;
  if (room >= maxTokens * LEAST_ANSWER) return counted;
  throw new ModelError({
    fault: 'context-exceeded',
    message: `The prompt has ${counted} tokens, and the context of ${model.name} ${model.contextTokens}: too little is left for an answer.`,
    remedy: 'Raise `context:` of the role in .nexus.yml, or name fewer files in the task.',
  });
}
