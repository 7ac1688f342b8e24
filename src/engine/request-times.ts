import type { ExchangeEntry } from '../journal/entries.js';

/**
 * About how long a request of this model will take, in ms, from what its earlier ones took: reading by the size of the
 * prompt, writing by the usual length of such an answer. Undefined before there is a basis.
 */
export function expectDuration(
  earlier: readonly ExchangeEntry[],
  request: { model: string; purpose: ExchangeEntry['purpose']; estimatedTokens: number },
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
  if (reading === undefined || writing === undefined) return undefined;
  return Math.round(reading * request.estimatedTokens + writing);
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
