import type { EventSink } from '../engine/events.js';
import { advance, IDLE, renderActivity, type Activity } from './activity.js';
import { cleanDeep } from './clean-text.js';
import { describeEvent } from './describe-event.js';
import { renderJson } from './json.js';
import { renderView } from './live-view.js';
import { follow, NOTHING_YET, type Moment } from './overview.js';
import { createStyle } from './style.js';
import type { LiveBlock } from './live-block.js';
import { USUAL_COLUMNS, USUAL_ROWS, type Terminal } from './terminal.js';
import { loadUnicodeMeasure, type MeasureText } from './text-width.js';
import { leaveOutTold } from './waiting.js';

export type ReportMode = 'live' | 'plain' | 'ndjson';

/** Takes the engine's events and shows them. `close` must be called, whatever happened, before anything else is printed. */
export interface Reporter {
  sink: EventSink;
  close(): void;
}

/** A repeating timer, so that a test can be the clock. */
export interface ReportClock {
  now(): number;
  /** What the clock on the wall says, in ms since 1970; it may be set. */
  wall(): number;
  /** Calls `tick` every `ms` until the returned function is called. */
  every(ms: number, tick: () => void): () => void;
}

/** Often enough to look alive, rarely enough to cost nothing beside a model. */
const REDRAW_MS = 200;
/** A line at most this often while one thing goes on, for logs (issue: a slow model looks slow, not dead). */
const HEARTBEAT_MS = 15_000;

export async function createReporter(
  mode: ReportMode,
  terminal: Terminal,
  clock: ReportClock = SYSTEM_CLOCK,
): Promise<Reporter> {
  switch (mode) {
    case 'ndjson':
      return { sink: (event) => terminal.out(renderJson(event)), close: () => undefined };
    case 'plain':
      return reportPlainly(terminal, clock);
    case 'live':
      return reportLive(terminal, await terminal.liveBlock(), await loadUnicodeMeasure(), clock);
  }
}

/** The mode that fits: `--json` wins, then what stdout is. */
export function chooseMode(json: boolean, terminal: Terminal): ReportMode {
  if (json) return 'ndjson';
  return terminal.live ? 'live' : 'plain';
}

function reportPlainly(terminal: Terminal, clock: ReportClock): Reporter {
  const style = createStyle(terminal.colours);
  const told = new Map<string, string>();
  let activity: Activity = IDLE;
  let lastLine = clock.now();
  const stop = clock.every(HEARTBEAT_MS / 5, () => {
    const now = clock.now();
    if (now - lastLine < HEARTBEAT_MS) return;
    const parts = renderActivity(activity, now);
    if (parts.length === 0) return;
    lastLine = now;
    terminal.out(style.faint(parts.join(' · ')));
  });
  return {
    sink(event) {
      activity = advance(activity, event, clock.now());
      const lines = describeEvent(cleanDeep(leaveOutTold(event, told)), style, true);
      if (lines.length === 0) return;
      lastLine = clock.now();
      terminal.out(joinLines(lines));
    },
    close: stop,
  };
}

function reportLive(
  terminal: Terminal,
  block: LiveBlock,
  measure: MeasureText,
  clock: ReportClock,
): Reporter {
  const style = createStyle(terminal.colours);
  const told = new Map<string, string>();
  let overview = NOTHING_YET;
  const moment = (): Moment => ({ now: clock.now(), wall: clock.wall() });
  const draw = (): void => {
    const columns = terminal.columns() ?? USUAL_COLUMNS;
    const rows = terminal.rows() ?? USUAL_ROWS;
    block.update(renderView(overview, moment(), { columns, rows, style, measure }));
  };
  const stop = clock.every(REDRAW_MS, draw);
  return {
    sink(event) {
      overview = follow(overview, event, moment());
      const lines = describeEvent(cleanDeep(leaveOutTold(event, told)), style, false);
      if (lines.length > 0) terminal.out(joinLines(lines));
      // Progress comes with the timer's beat anyway.
      if (event.type !== 'progress') draw();
    },
    close() {
      stop();
      block.end();
    },
  };
}

/** A text of several lines (a summary, a reason) is indented, so that no model can write a line as if it were ours. */
function joinLines(lines: readonly string[]): string {
  return lines.map((line) => line.replaceAll('\n', '\n    ')).join('\n');
}

const SYSTEM_CLOCK: ReportClock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};
