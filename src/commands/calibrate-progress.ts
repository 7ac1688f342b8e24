import type { CalibrateEvents } from '../engine/calibrate/calibrate.js';
import type { EditResult, PlanResult } from '../engine/calibrate/calibration.js';
import { cleanLine } from '../report/clean-text.js';
import { count, renderDuration } from '../report/quantities.js';
import { createStyle, type Style } from '../report/style.js';
import { loadUnicodeMeasure } from '../report/text-width.js';
import type { CommandContext } from './context.js';
import { drawWhile } from './waiting-view.js';

/** Answers before a guess of the time that is left: the first has the loading of the model in it. */
const LEAST_TIMED = 3;

/** Shows each answer, and on a terminal what is being asked. With `--json` it goes to stderr: it may take an hour. */
export interface CalibrateProgress {
  /** For the questions to one model. */
  model(name: string): CalibrateEvents;
  /** Answers that came and are kept. */
  kept(): number;
  end(): void;
}

export async function openProgress({ terminal, json }: CommandContext): Promise<CalibrateProgress> {
  const style = createStyle(json ? terminal.coloursOnStderr : terminal.colours);
  const print = (line: string): void => (json ? terminal.err(line) : terminal.out(line));
  const block = terminal.live && !json ? await terminal.liveBlock() : undefined;
  const drawing =
    block === undefined
      ? undefined
      : { block, columns: () => terminal.columns(), measure: await loadUnicodeMeasure() };
  let kept = 0;
  return {
    kept: () => kept,
    end: () => block?.end(),
    model(name) {
      const times: number[] = [];
      let isTold = false;
      return {
        async during({ role, name: question, left }, work) {
          if (!isTold) print(`${count(left, 'question')} to ${style.name(cleanLine(name))}`);
          isTold = true;
          const rest = timeLeft(times, left);
          const line = `${role}: ${question}${rest === undefined ? '' : ` · about ${renderDuration(rest)} left`}`;
          if (drawing === undefined) return work();
          return drawWhile(drawing, line, work).finally(() => drawing.block.update(''));
        },
        answered(result, { left, isKept }) {
          if (isKept) kept += 1;
          times.push(result.totalMs);
          print(`${String(left).padStart(3)} left  ${renderResult(result, style)}`);
        },
        note: (message) => terminal.err(`${style.warn('note')}: ${cleanLine(message)}`),
      };
    },
  };
}

/** In ms, by the middle of those so far. */
function timeLeft(times: readonly number[], left: number): number | undefined {
  if (times.length < LEAST_TIMED) return undefined;
  const middle = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  return middle * left;
}

function renderResult(result: EditResult | PlanResult, style: Style): string {
  const tokens = `${result.answerIsEstimate ? 'about ' : ''}${result.answerTokens ?? 0} tokens`;
  const took = style.faint(`(${tokens}, ${renderDuration(result.totalMs)})`);
  if ('plan' in result) {
    const held = result.outcome === 'holds';
    const paint = held ? style.good : style.bad;
    return `${result.plan}, plan: ${paint(held ? 'holds the schema' : result.outcome)} ${took}`;
  }
  const paint = { right: style.good, wrong: style.bad, refused: style.warn }[result.outcome];
  const because = result.code === undefined ? '' : `: ${result.code}`;
  return `${result.edit}, ${result.format}: ${paint(`${result.outcome}${because}`)} ${took}`;
}
