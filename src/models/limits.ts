import type { RequestLimits } from './port.js';

/** A server answers questions about itself at once, also while it is busy with an answer. */
export const QUESTION_LIMITS: RequestLimits = {
  connectMs: 5_000,
  firstTokenMs: 15_000,
  silenceMs: 15_000,
  requestMs: 60_000,
};

/** Reading a large model from a slow disk says nothing for minutes. */
export const LOAD_LIMITS: RequestLimits = {
  connectMs: 5_000,
  firstTokenMs: 30 * 60_000,
  silenceMs: 30 * 60_000,
  requestMs: 30 * 60_000,
};

/** A download says nothing for minutes while the digest of a large file is checked, and may take a night. */
export const PULL_LIMITS: RequestLimits = {
  connectMs: 5_000,
  firstTokenMs: 2 * 60_000,
  silenceMs: 10 * 60_000,
  requestMs: Number.POSITIVE_INFINITY,
};

/** First pause before a failed request is sent again, in ms. */
export const RETRY_BASE_MS = 500;
