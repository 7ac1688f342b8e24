import type { LiveBlock } from '../report/live-block.js';
import { renderDuration } from '../report/quantities.js';
import { cutToWidth, loadUnicodeMeasure } from '../report/text-width.js';
import { USUAL_COLUMNS } from '../report/terminal.js';
import type { CommandContext } from './context.js';

const TICK_MS = 1000;

/**
 * Does something that gives no sign of life, and says what is waited for: on a terminal with the time that it has taken,
 * elsewhere in one line, with `--json` not at all.
 */
export async function whileWaiting<T>(
  { terminal, json }: CommandContext,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  if (json) return work();
  if (!terminal.live) {
    terminal.out(`${what} …`);
    return work();
  }
  const [block, measure] = await Promise.all([terminal.liveBlock(), loadUnicodeMeasure()]);
  try {
    return await drawWhile({ block, columns: () => terminal.columns(), measure }, what, work);
  } finally {
    block.end();
  }
}

/** Where a line is drawn. */
export interface Drawing {
  block: LiveBlock;
  columns: () => number | undefined;
  measure: Awaited<ReturnType<typeof loadUnicodeMeasure>>;
}

/** Shows a line with the time that it has taken so far, until the work is done; what follows it is for the caller. */
export async function drawWhile<T>(
  { block, columns, measure }: Drawing,
  line: string,
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const draw = (): void => {
    const text = `${line} · ${renderDuration(performance.now() - started)}`;
    block.update(cutToWidth(text, (columns() ?? USUAL_COLUMNS) - 1, measure));
  };
  draw();
  const timer = setInterval(draw, TICK_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
