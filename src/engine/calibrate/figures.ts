import type { MeasuredFormats } from '../../coding/choose-format.js';
import { type Calibration, type Cost, type EditResult } from './calibration.js';
import { CALIBRATED_FORMATS, type CalibratedFormat } from './formats.js';

/** What one format came to. Tokens of the answers; ms of the whole requests. */
export interface FormatFigures {
  format: CalibratedFormat;
  asked: number;
  applied: number;
  right: number;
  tokens: number;
  /** A part of `tokens` is our estimate. */
  tokensAreEstimate: boolean;
  ms: number;
}

/** Tokens per second; undefined: nobody could tell. `timedBy`: whose clock. */
export interface Speed {
  tokensPerSecond: number | undefined;
  timedBy: 'server' | 'clock' | undefined;
}

/** Each format that was asked for, in their usual order. */
export function sumFormats(edits: readonly EditResult[]): FormatFigures[] {
  return CALIBRATED_FORMATS.flatMap((format) => {
    const all = edits.filter((each) => each.format === format);
    if (all.length === 0) return [];
    return [
      {
        format,
        asked: all.length,
        applied: all.filter(({ outcome }) => outcome !== 'refused').length,
        right: all.filter(({ outcome }) => outcome === 'right').length,
        tokens: sum(all.map(({ answerTokens }) => answerTokens ?? 0)),
        tokensAreEstimate: all.some(({ answerIsEstimate }) => answerIsEstimate),
        ms: sum(all.map(({ totalMs }) => totalMs)),
      },
    ];
  });
}

/** The figures as `format: auto` weighs them. */
export function measuredFormats(calibration: Pick<Calibration, 'edits'> | undefined): MeasuredFormats {
  const { edits } = calibration ?? { edits: [] };
  return new Map(
    sumFormats(edits).map(({ format, asked, right, tokens }) => [format, { asked, right, tokens }]),
  );
}

/** A prompt of which a smaller share was new says little: what is left of its time is overhead. */
const LEAST_NEW_SHARE = 0.5;
/** An answer of fewer tokens says little, too. */
const LEAST_WRITTEN = 8;

export function readingSpeed(calibration: Pick<Calibration, 'edits' | 'plans'>): Speed {
  const costs = costsOf(calibration).filter(
    ({ promptTokens, estimatedTokens, readTokens = 0 }) =>
      readTokens > 0 && readTokens >= (promptTokens ?? estimatedTokens) * LEAST_NEW_SHARE,
  );
  return speedOf(
    costs.map(({ readTokens, readMs, timedBy }) => ({ tokens: readTokens, ms: readMs, timedBy })),
  );
}

export function writingSpeed(calibration: Pick<Calibration, 'edits' | 'plans'>): Speed {
  const costs = costsOf(calibration).filter(({ answerTokens = 0 }) => answerTokens >= LEAST_WRITTEN);
  return speedOf(
    costs.map(({ answerTokens, writeMs, timedBy }) => ({ tokens: answerTokens, ms: writeMs, timedBy })),
  );
}

interface Timed {
  tokens: number | undefined;
  ms: number | undefined;
  timedBy: 'server' | 'clock';
}

/** By the server's clock and count where it gave any, else by ours. */
function speedOf(all: readonly Timed[]): Speed {
  for (const clock of ['server', 'clock'] as const) {
    const timed = all.filter(({ timedBy, ms }) => timedBy === clock && ms !== undefined && ms > 0);
    const ms = sum(timed.map((each) => each.ms ?? 0));
    if (ms === 0) continue;
    return { tokensPerSecond: (sum(timed.map(({ tokens }) => tokens ?? 0)) * 1000) / ms, timedBy: clock };
  }
  return { tokensPerSecond: undefined, timedBy: undefined };
}

/** A prompt with fewer tokens is mostly template; as the token meter has it. */
const LEAST_PROMPT = 64;

/** What an estimate of tokens must be multiplied by for the densest prompt that was counted; undefined: none was. */
export function tokenFactor(
  calibration: Pick<Calibration, 'edits' | 'plans'> | undefined,
): number | undefined {
  if (calibration === undefined) return undefined;
  const factors = costsOf(calibration).flatMap(({ estimatedTokens, promptTokens }) =>
    promptTokens === undefined || promptTokens < LEAST_PROMPT || estimatedTokens === 0
      ? []
      : [promptTokens / estimatedTokens],
  );
  return factors.length === 0 ? undefined : Math.max(...factors);
}

/** Tokens of a usual answer: the middle of those that were counted. */
export function usualAnswer(costs: readonly Cost[]): number | undefined {
  const counted = costs.flatMap(({ answerTokens }) => (answerTokens === undefined ? [] : [answerTokens]));
  return counted.toSorted((a, b) => a - b)[Math.floor(counted.length / 2)];
}

function costsOf({ edits, plans }: Pick<Calibration, 'edits' | 'plans'>): Cost[] {
  return [...edits, ...plans];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
