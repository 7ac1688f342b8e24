import type { Purpose } from '../../models/ask.js';
import type { Calibration } from './calibration.js';
import { readingSpeed, usualAnswer, writingSpeed } from './figures.js';

/** A context smaller than any that can be configured is a sum gone wrong, in tokens. */
const LEAST_CONTEXT = 2048;

/** How long a request may take by what was measured, in ms; a part that was not measured is undefined. */
export function expectByCalibration(
  calibration: Calibration | undefined,
  { purpose, estimatedTokens }: { purpose: Purpose; estimatedTokens: number },
): { readMs: number | undefined; writeMs: number | undefined } {
  if (calibration === undefined) return { readMs: undefined, writeMs: undefined };
  const isCode = purpose === 'code' || purpose === 'repair';
  // The answers to small questions: those to larger ones take longer, of which nothing is known yet.
  const tokens = usualAnswer(isCode ? calibration.edits : calibration.plans);
  return {
    readMs: timeFor(estimatedTokens, readingSpeed(calibration).tokensPerSecond),
    writeMs: timeFor(tokens, writingSpeed(calibration).tokensPerSecond),
  };
}

function timeFor(tokens: number | undefined, perSecond: number | undefined): number | undefined {
  return tokens === undefined || perSecond === undefined ? undefined : (tokens * 1000) / perSecond;
}

/** Tokens of context that a prompt and its answer may take: never more than fits by what was measured. */
export function usableContext(contextTokens: number, calibration: Calibration | undefined): number {
  const fits = calibration?.context.fits ?? contextTokens;
  return fits < LEAST_CONTEXT ? contextTokens : Math.min(contextTokens, fits);
}
