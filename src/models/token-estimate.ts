/*
 * Ollama cannot count tokens, so they are estimated from characters and corrected by what the server says that it read.
 */

/**
 * Characters per token by file extension: measured on 4 MB of real files with the tokenizers of Qwen 2.5 and Llama 3
 * (reference §7.3), rounded down so that the estimate is rather too high.
 */
const CHARS_PER_TOKEN: readonly { chars: number; extensions: readonly string[] }[] = [
  {
    chars: 3.8,
    extensions: ['ts', 'tsx', 'js', 'jsx', 'mjs', 'cjs', 'mts', 'cts', 'c', 'h', 'cc', 'cpp', 'hpp'],
  },
  { chars: 4.2, extensions: ['py'] },
  { chars: 3.2, extensions: ['go'] },
  { chars: 3.6, extensions: ['md', 'txt'] },
  { chars: 2.3, extensions: ['json', 'lock'] },
];
const CHARS_PER_TOKEN_OTHERWISE = 3;

/** What a chat template adds around one message. In tokens; Qwen's was measured as 8. */
const MESSAGE_TOKENS = 8;

/**
 * Tokens of `text`, estimated from its length and the extension of its file (`.ts` or `ts`; none: prose or mixed).
 * Characters outside ASCII count as one token each.
 */
export function estimateTokens(text: string, fileExtension?: string): number {
  const extension = (fileExtension ?? '').replace(/^\./, '').toLowerCase();
  const known = CHARS_PER_TOKEN.find((each) => each.extensions.includes(extension));
  const charsPerToken = known?.chars ?? CHARS_PER_TOKEN_OTHERWISE;
  let foreign = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 127) foreign += 1;
  }
  return Math.ceil((text.length - foreign) / charsPerToken) + foreign;
}

/** A piece of a prompt: text, or text with the extension of the file that it comes from. */
export type PromptPart = string | { text: string; extension: string };

/** Estimates for one model, which get better with each reply. */
export interface TokenMeter {
  /** Tokens that a prompt of these parts takes at most, as far as is known: corrected, with a margin. */
  estimate(parts: readonly PromptPart[]): number;
  /** Takes what `estimate` said of a prompt and what the server counted. */
  learn(estimated: number, actual: number | undefined): void;
}

/** An estimate is this much above what is expected, since a prompt that is too long fails and one too short does not. */
const MARGIN = 1.1;
/** Weight of the newest reply. */
const NEWEST = 0.4;
/** Beyond these bounds it is not the text that is odd but the count. */
const LOWEST_CORRECTION = 0.6;
const HIGHEST_CORRECTION = 2;
/** Below this many tokens the template weighs more than the text. */
const FEWEST_TO_LEARN_FROM = 64;

/** A meter for one model. `correction`: what the plain estimate is to be multiplied by, as far as that was measured. */
export function createTokenMeter(correction = 1): TokenMeter {
  let factor = clamp(correction);
  return {
    estimate(parts) {
      return Math.ceil(estimatePrompt(parts) * factor * MARGIN);
    },
    learn(estimated, actual) {
      if (actual === undefined || actual < FEWEST_TO_LEARN_FROM || estimated <= 0) return;
      const observed = (factor * MARGIN * actual) / estimated;
      factor = clamp(factor + NEWEST * (clamp(observed) - factor));
    },
  };
}

/** Tokens of a prompt of these parts: as a meter begins, without correction and margin. */
export function estimatePrompt(parts: readonly PromptPart[]): number {
  return parts.reduce((sum, part) => sum + MESSAGE_TOKENS + estimatePart(part), 0);
}

function estimatePart(part: PromptPart): number {
  return typeof part === 'string' ? estimateTokens(part) : estimateTokens(part.text, part.extension);
}

function clamp(factor: number): number {
  return Math.min(HIGHEST_CORRECTION, Math.max(LOWEST_CORRECTION, factor));
}
