/**
 * How many tokens a prompt of one role may take, and how many a text is thought to take. The estimate corrects itself
 * from what the server counts (see token-estimate.ts).
 */
export interface TokenBudget {
  /** For the whole prompt: the context without the answer and a margin. */
  readonly promptTokens: number;
  readonly answerTokens: number;
  estimate(text: string, path?: string): number;
}

/** Part of the context kept free for what an estimate misses and for the chat template's own tokens. */
const MARGIN = 0.06;

export function promptTokensOf(contextTokens: number, answerTokens: number): number {
  return Math.max(256, Math.floor(contextTokens * (1 - MARGIN)) - answerTokens);
}
