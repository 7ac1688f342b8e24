/** A server that cuts to half of the window lands this many tokens above it at most: `num_keep` / 2 and a BOS. */
const LANDING = 16;
/** Below this many tokens a chat template and the estimate's own error weigh too much. */
const FEWEST_TO_JUDGE = 1000;

/**
 * Whether the server read only a part of the prompt, judged from its own count (`prompt_eval_count`, which is taken
 * after the cut). Returns the reason, or undefined if nothing speaks for a cut.
 *
 * `truncate:false` and `shift:false` forbid cutting, but servers before 0.12.4 do not know them. They cut in three ways
 * (reference §1.5, §1.9), and an estimate may be wrong by a factor of two for odd text, so each way has its own proof:
 * - the prompt fills the whole window (measured on 0.24: 2,000 tokens into 512, count 512): certain without an estimate;
 * - it is cut to half of the window and a few tokens (issue ollama#3839: 160,689 tokens into 32,768, count 16,387):
 *   such a count is rare by chance, so an estimate above it by a quarter is enough;
 * - old messages are dropped, which can leave any count: then the estimate must be far above it (2.5 ×) and itself not
 *   small against the window, or above the window and above the count by 1.7 ×.
 */
export function findPromptCut(input: {
  readTokens: number | undefined;
  estimatedTokens: number;
  /** Undefined: the server does not tell; then only a count far below the estimate is a sign. */
  contextTokens: number | undefined;
}): string | undefined {
  const { readTokens: read, estimatedTokens: estimated, contextTokens: window } = input;
  if (read === undefined) return undefined;
  if (window === undefined) {
    const isFarBelow = read < 0.4 * estimated && estimated >= FEWEST_TO_JUDGE;
    return isFarBelow ? `it read ${read} of about ${estimated} tokens` : undefined;
  }
  const half = window / 2;
  const isCut =
    read >= window ||
    (read >= half && read <= half + LANDING && read < 0.8 * estimated) ||
    (read <= half + LANDING && read < 0.6 * estimated && estimated > window) ||
    (read < 0.4 * estimated && estimated >= half);
  return isCut ? `it read ${read} of about ${estimated} tokens, with a window of ${window}` : undefined;
}
