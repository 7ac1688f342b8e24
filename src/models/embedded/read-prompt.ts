import type { LlamaSequence, Token } from './library.js';

/** Read at once at first, at least and at most, in tokens. Below 64 llama.cpp reads far slower per token (tried). */
const FIRST_PIECE = 128;
const SMALLEST_PIECE = 64;
const LARGEST_PIECE = 512;
/** A piece cannot be broken off, and the process cannot end within one. In ms. */
const PIECE_MS = 1500;

/**
 * Reads a prompt into the context, all but its last token: that one brings the first of the answer. What the context
 * holds already from the start is not read again. The package would read it in one go, which nothing can stop (tried:
 * an abort after 0.1 s came through after 11 s).
 * @returns how many tokens were there already
 * @throws the reason of `signal`
 */
export async function readPrompt(
  sequence: LlamaSequence,
  tokens: readonly Token[],
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  const end = tokens.length - 1;
  await sequence.adaptStateToTokens(tokens.slice(0, end), false);
  const reused = sequence.nextTokenIndex;
  let at = reused;
  let size = FIRST_PIECE;
  while (at < end) {
    signal.throwIfAborted();
    const piece = tokens.slice(at, Math.min(end, at + size));
    const startedAt = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(piece);
    await sequence.takeCheckpoint();
    const perToken = (performance.now() - startedAt) / piece.length;
    at += piece.length;
    size = Math.round(Math.min(LARGEST_PIECE, Math.max(SMALLEST_PIECE, PIECE_MS / perToken)));
  }
  signal.throwIfAborted();
  return reused;
}
