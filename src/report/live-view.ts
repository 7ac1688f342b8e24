import { renderActivity } from './activity.js';
import { holdsAllBack } from './held-back.js';
import type { EndedTask, Moment, Overview } from './overview.js';
import { count, renderDuration, renderMoment } from './quantities.js';
import { fillSections, type Section } from './sections.js';
import { renderLine, type StyledLine } from './styled-line.js';
import type { Style } from './style.js';
import type { MeasureText } from './text-width.js';
import { countWaiting, isHeldBack } from './waiting.js';
import { describeReason, nextCommand } from './wording.js';

/** What the view is drawn on. */
export interface Screen {
  columns: number;
  rows: number;
  style: Style;
  measure: MeasureText;
}

/** This part of the terminal stays for the lines that scroll above the view, unless the terminal is very low. */
const SHARE = 0.5;
const LOWEST_LINES = 6;
const NEXT_LINES = 6;
const WAITING_LINES = 4;
const ID_COLUMNS = 12;

/**
 * The live view as text: what is worked on, what is wrong, what comes next, what waits and why, the last results. At
 * most as many lines as fit with one row left for the cursor; empty when there is nothing to show.
 */
export function renderView(overview: Overview, moment: Moment, screen: Screen): string {
  const { rows, columns, style, measure } = screen;
  const most = Math.max(0, rows - 1);
  const wanted = Math.min(most, Math.max(LOWEST_LINES, Math.floor(rows * SHARE)));
  const top = [...renderHead(overview, moment, style), ...renderStanding(overview, moment, style)];
  const lines =
    top.length > most
      ? shorten(top, most)
      : [...top, ...fillSections(listSections(overview, moment, style), wanted - top.length, style)];
  // One column stays free: some terminals wrap a line that fills the last one.
  return lines.map((line) => renderLine(line, columns - 1, measure)).join('\n');
}

/** On a terminal of a few rows: the first line, then what is about to happen or wrong, then the details. */
function shorten([first = [], details = [], ...rest]: readonly StyledLine[], rows: number): StyledLine[] {
  if (rows === 1) return [[...first, { text: ' ' }, ...(rest.at(-1) ?? details)]];
  return [first, ...[...rest.toReversed(), details].slice(0, rows - 1)].slice(0, rows);
}

function renderHead(overview: Overview, moment: Moment, style: Style): StyledLine[] {
  const { activity, queue, ended, away, idle } = overview;
  const [doing, ...details] = renderActivity(activity, moment.now);
  if (doing !== undefined) {
    const total = ended.length + queue.length;
    const place = total > 1 ? `[${ended.length + 1}/${total}] ` : '';
    return [
      [{ text: `${place}${doing}`, paint: style.name }],
      [{ text: `  ${details.join(' · ')}`, paint: style.faint }],
    ];
  }
  if (away !== undefined) {
    const since = renderMoment(away.since, moment.wall);
    return [
      [{ text: `waiting for the model server since ${since}`, paint: style.warn }],
      [{ text: `  ${firstLine(away.error.message)}`, paint: style.faint }],
    ];
  }
  return idle === undefined ? [] : [renderIdle(overview, idle, moment, style)];
}

function renderIdle(
  { problems }: Overview,
  { tasks, since }: NonNullable<Overview['idle']>,
  { wall }: Moment,
  style: Style,
): StyledLine {
  const holding = [...problems.values()].find(holdsAllBack);
  const isHeld = holding !== undefined;
  const what = isHeld
    ? `nothing is done before ${holding.code === 'not-approved' ? 'you agree' : 'that is right'}`
    : `nothing to do since ${renderMoment(since, wall)}`;
  return [
    { text: 'watching tasks.yml', paint: style.name },
    { text: `${isHeld ? '' : ` (${count(tasks, 'task')})`}, ${what}`, paint: style.faint },
  ];
}

/** What stays so until somebody does something about it, and what is just about to happen. */
function renderStanding(overview: Overview, { now }: Moment, style: Style): StyledLine[] {
  const { stopping, problems, settling } = overview;
  return [
    ...(stopping === undefined ? [] : [[{ text: stopping, paint: style.warn }]]),
    ...Array.from(problems, ([file, problem]): StyledLine => {
      const { code, message, remedy } = problem;
      const counts = holdsAllBack(problem)
        ? 'nothing is done before that is right'
        : `what ${file} said before counts`;
      const isAsked = code === 'not-approved' && remedy !== undefined;
      const text = isAsked ? remedy : `${firstLine(message)} (${counts})`;
      return [{ text, paint: style.warn }];
    }),
    ...Array.from(settling, ([file, { at, forMs }]): StyledLine => {
      const text =
        at > now
          ? `${file} changed; taken up in ${Math.ceil((at - now) / 1000)} s unless it changes again`
          : `${file} goes on changing; taken up once it stays as it is for ${renderDuration(forMs)}`;
      return [{ text, paint: style.name }];
    }),
  ];
}

function listSections(overview: Overview, moment: Moment, style: Style): Section[] {
  const { activity, queue, waiting, results } = overview;
  const isShown = new Set(results.map(({ task }) => task));
  const elsewhere = waiting.filter((each) => !isHeldBack(each) && !isShown.has(each.task));
  const yours = countWaiting(elsewhere);
  return [
    {
      label: 'next',
      limit: NEXT_LINES,
      counted: true,
      items: queue
        .filter(({ task }) => task !== activity.task)
        .map(({ task, begun }) => [{ text: task }, { text: begun ? '  begun' : '', paint: style.faint }]),
    },
    {
      label: 'waits',
      limit: WAITING_LINES,
      counted: true,
      items: waiting
        .filter(isHeldBack)
        .map(({ task, because }) => [{ text: column(task) }, { text: because, paint: style.faint }]),
    },
    {
      label: 'done',
      limit: results.length,
      counted: false,
      items: results.toReversed().map((result) => renderResult(result, moment, style)),
    },
    {
      label: 'more',
      limit: 1,
      counted: false,
      items: yours === '' ? [] : [[{ text: `${yours}  ` }, { text: 'nexus status', paint: style.name }]],
    },
  ];
}

function renderResult({ task, end, wall }: EndedTask, moment: Moment, style: Style): StyledLine {
  const [what, next] = describeEnd(task, end, style);
  return [
    { text: column(task) },
    what,
    { text: next === undefined ? '' : '  ' },
    { text: next ?? '', paint: style.name },
    { text: `  ${renderMoment(wall, moment.wall)}`, paint: style.faint },
  ];
}

function describeEnd(
  task: string,
  end: EndedTask['end'],
  style: Style,
): [StyledLine[number], string | undefined] {
  switch (end.kind) {
    case 'review':
      return [
        { text: 'ready for review', paint: style.good },
        nextCommand(task, { kind: 'review', tip: '' }),
      ];
    case 'needs-attention':
      return [
        { text: `needs attention, ${describeReason(end.reason)}`, paint: style.warn },
        nextCommand(task, { ...end, tip: undefined }),
      ];
    case 'plan-waits':
      return [{ text: 'its plan waits for you', paint: style.good }, `nexus plan ${task}`];
    case 'accepted':
    case 'rejected':
      return [{ text: end.kind, paint: style.faint }, undefined];
  }
}

/** Ids below each other look like a column as long as they are short. */
function column(task: string): string {
  return `${task.padEnd(ID_COLUMNS)}  `;
}

/** With the next one, if it only says that something follows. */
function firstLine(text: string): string {
  const [first = '', second = ''] = text.trim().split('\n');
  return first.endsWith(':') ? `${first} ${second.trim()}` : first;
}
