import type { ExchangeEntry } from '../journal/entries.js';
import type { Calibration } from './calibrate/calibration.js';
import { expectByCalibration } from './calibrate/expect-answer.js';

/**
 * About how long a request of this model will take, in ms, from what its earlier ones took: reading by the size of the
 * prompt, writing by the usual length of such an answer. What this run does not know yet is as it was measured by `nexus
 * models calibrate`. Undefined when neither knows.
 */
export function expectDuration(
  earlier: readonly ExchangeEntry[],
  request: { model: string; purpose: ExchangeEntry['purpose']; estimatedTokens: number },
  calibration?: Calibration,
): number | undefined {
  // A cached answer took no time now, but when it was asked for.
  const same = earlier
    .filter((entry) => entry.model === request.model)
    .map((entry) => ({ ...entry, usage: entry.cached ?? entry.usage }));
  const reading = median(
    same.flatMap(({ usage, estimatedTokens }) =>
      usage.promptMs === undefined || estimatedTokens === 0 ? [] : [usage.promptMs / estimatedTokens],
    ),
  );
  const writing = median(
    same
      .filter((entry) => entry.purpose === request.purpose)
      .flatMap(({ usage }) => (usage.answerMs === undefined ? [] : [usage.answerMs])),
  );
  const measured = expectByCalibration(calibration, request);
  const readMs = reading === undefined ? measured.readMs : reading * request.estimatedTokens;
  const writeMs = writing ?? measured.writeMs;
  if (readMs === undefined || writeMs === undefined) return undefined;
  return Math.round(readMs + writeMs);
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
