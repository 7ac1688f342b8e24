import { isPassing, keyOf, type AgreedReading, type Reading } from './file-reading.js';

/** All in ms. */
export interface SettleTimings {
  /** How long a content has to stay. */
  settleMs: number;
  /** How long no file, or an empty one, has to stay at least: some programs save by way of it. */
  emptyMs: number;
  /** How long a file has to be held by another program before that is told. */
  heldMs: number;
  /** Between two tries to read what was not complete or could not be read: that it can be now is no event. */
  retryMs: number;
  /** The same after it was told that the file can't be read. */
  heldLookMs: number;
}

/** What becomes of a file after a reading. `again`: ms until it is to be read once more, undefined for "when it changes". */
export interface SettleStep {
  tell: 'nothing' | 'unsettled' | 'calm' | 'settled';
  again: number | undefined;
}

/**
 * Decides when a change of a file counts: a content is told that stayed the same for a while and is another than what
 * was told last. `now` is the time of a clock that is never set (`performance.now()`), and the file's own time is only
 * compared with what it was; so a clock that is set back, or a file from the future, makes no difference.
 */
export interface FileSettler {
  /** @param now ms, when the reading was complete */
  take(read: AgreedReading, now: number): SettleStep;
  /**
   * Nexus itself makes `to` of the file that says `from`. Seeing `to` is no news if `from` was told; if not, a change of
   * the user's is in it, which still has to settle.
   */
  expect(from: string, to: string): void;
}

/** @param baseline what is known already */
export function createFileSettler(baseline: AgreedReading, timings: SettleTimings): FileSettler {
  const failed = baseline.reading.kind === 'unreadable';
  let told = baseline.key;
  let toldContent = failed ? undefined : baseline.key;
  /** The error that was told since: an error that comes and goes is told once for each content. */
  let toldError = failed ? baseline.key : undefined;
  let observed: Pick<AgreedReading, 'key' | 'stamp' | 'agreed'> = baseline;
  let changedAt = 0;
  let unsettled = false;
  const own = new Map<string, string>();

  const disturb = (again: number): SettleStep => {
    const tell = unsettled ? 'nothing' : 'unsettled';
    unsettled = true;
    return { tell, again };
  };
  const rest = (tell: 'calm' | 'settled', reading: Reading): SettleStep => {
    const news = tell === 'settled' || unsettled;
    unsettled = false;
    return { tell: news ? tell : 'nothing', again: isPassing(reading) ? timings.heldLookMs : undefined };
  };
  const adopt = (key: string, isError: boolean): void => {
    told = key;
    own.clear();
    if (isError) {
      toldError = key;
      return;
    }
    if (key !== toldContent) toldError = undefined;
    toldContent = key;
  };

  return {
    take({ reading, key, stamp, agreed }, now) {
      const same = agreed && observed.agreed && key === observed.key && stamp === observed.stamp;
      if (!same) changedAt = now;
      observed = { key, stamp, agreed };
      if (!agreed) return disturb(timings.retryMs);
      if (own.get(key) === told) adopt(key, false);
      if (key === told || key === toldError) return rest('calm', reading);
      const left = changedAt + timeToSettle(reading, timings) - now;
      if (left > 0) return disturb(reading.kind === 'text' ? left : Math.min(left, timings.retryMs));
      adopt(key, reading.kind === 'unreadable');
      return rest('settled', reading);
    },
    expect(from, to) {
      own.set(keyOf({ kind: 'text', text: to }), keyOf({ kind: 'text', text: from }));
    },
  };
}

function timeToSettle(reading: Reading, timings: SettleTimings): number {
  if (isPassing(reading)) return Math.max(timings.settleMs, timings.heldMs);
  const isEmpty = reading.kind === 'missing' || (reading.kind === 'text' && reading.text === '');
  return isEmpty ? Math.max(timings.settleMs, timings.emptyMs) : timings.settleMs;
}
