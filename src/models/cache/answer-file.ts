import { z } from 'zod';
import type { Usage } from '../port.js';

/** A complete answer, as the server gave it. */
export interface KnownAnswer {
  text: string;
  /** What it cost when it was given. */
  usage: Usage;
}

/** Of the form of a file; one of another version is no answer. */
const FORM = 1;
/** Far more than an answer of any model, in bytes of its file. */
export const LARGEST_FILE = 1_000_000;

const figure = z.number().min(0).max(1e12).optional();

const answerFile = z.strictObject({
  v: z.literal(FORM),
  key: z.string(),
  usage: z.strictObject({
    promptTokens: figure,
    reusedTokens: figure,
    answerTokens: figure,
    loadMs: figure,
    promptMs: figure,
    answerMs: figure,
    totalMs: z.number().min(0).max(1e12),
  }),
  // Half a character can't come from a server, whose answers are UTF-8.
  text: z.string().refine((text) => !/\p{Surrogate}/u.test(text)),
});

export function renderAnswerFile(key: string, { text, usage }: KnownAnswer): string {
  return `${JSON.stringify({ v: FORM, key, usage, text })}\n`;
}

/** The answer in the file of this key; undefined for anything else. */
export function parseAnswerFile(key: string, content: string): KnownAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return undefined;
  }
  const { data } = answerFile.safeParse(value);
  if (data === undefined || data.key !== key) return undefined;
  const { promptTokens, reusedTokens, answerTokens, loadMs, promptMs, answerMs, totalMs } = data.usage;
  const usage = { promptTokens, reusedTokens, answerTokens, loadMs, promptMs, answerMs, totalMs };
  return { text: data.text, usage };
}
