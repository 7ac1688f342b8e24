import type { CheckResult } from '../checks/check.js';
import type { EngineEvent } from '../engine/events.js';
import type { Outcome } from '../journal/entries.js';
import type { Usage } from '../models/port.js';
import { describeWatch } from './describe-watch.js';
import { count, renderDuration } from './quantities.js';
import type { Style } from './style.js';
import { describeWaitingTasks } from './waiting.js';
import {
  describeLabel,
  describeReason,
  describeRequest,
  describeResult,
  describeVerdict,
  withoutStop,
} from './wording.js';

type Event<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>;

const SHORT_ID = 8;
const TAIL_LINES = 8;

/**
 * What one event means to a person, as lines; none for those that a live block shows better. `event` must be clean
 * already (see clean-text.ts), since these lines carry our colours. `passing`: include what is only interesting while
 * it happens, for where no live block shows it.
 */
export function describeEvent(event: EngineEvent, style: Style, passing: boolean): string[] {
  switch (event.type) {
    case 'queue':
      return describeQueue(event, style);
    case 'task-started':
      return describeStart(event, style);
    case 'stage':
    case 'progress':
      return [];
    case 'request':
      return passing
        ? [aside(event, style, `${describeRequest(event, undefined)}: asking ${event.model}`)]
        : [];
    case 'retrying':
      return [
        line(event, style.warn(`${withoutStop(event.because)}; again in ${renderDuration(event.inMs)}`)),
      ];
    case 'reply':
      return describeReply(event, style, passing);
    case 'rejected':
      return event.rejections.map((rejection) =>
        line(
          event,
          style.warn(`${describeLabel(event.label)}, attempt ${event.attempt}: ${rejection.message}`),
        ),
      );
    case 'plan':
      return describePlan(event, style);
    case 'committed':
      return [
        line(
          event,
          `${style.good('committed')} ${describeLabel(event.label)} as ${event.oid.slice(0, SHORT_ID)}: ` +
            `${event.subject} (${count(event.files.length, 'file')})`,
        ),
      ];
    case 'check-started':
      return passing ? [aside(event, style, `running ${checkName(event.name, event.on)}`)] : [];
    case 'check-ended':
      return describeCheck(event, style);
    case 'verdict':
      return [line(event, `verdict: ${paintVerdict(event, style)}`)];
    case 'dropped':
      return [line(event, style.warn(`dropped the ${describeLabel(event.label)} commit: ${event.reason}`))];
    case 'notice':
      return [event.task === undefined ? event.message : line({ task: event.task }, event.message)];
    case 'plan-waits':
      return [line(event, `the plan waits for you: nexus plan ${event.task}, then nexus run ${event.task}`)];
    case 'task-paused':
      return [line(event, `stopped: ${event.because}`)];
    case 'request-taken':
    case 'request-done':
    case 'idle':
    case 'settling':
    case 'settled':
    case 'unchanged':
    case 'file-problem':
    case 'server-away':
    case 'server-back':
    case 'stopping':
      return describeWatch(event, style, passing);
    case 'task-ended':
      return [line(event, describeOutcome(event.task, event.outcome, style))];
    case 'finished':
      return [describeFinish(event, style)];
  }
}

function line(event: { task: string }, text: string): string {
  return `${event.task}: ${text}`;
}

function aside(event: { task: string }, style: Style, text: string): string {
  return style.faint(line(event, text));
}

function describeQueue(event: Event<'queue'>, style: Style): string[] {
  const waiting = describeWaitingTasks(event.waiting, style);
  if (event.ready.length === 0) return [...waiting, 'Nothing is ready to be done.'];
  return [...waiting, `${count(event.ready.length, 'task')} to do: ${event.ready.join(', ')}`];
}

function describeStart(event: Event<'task-started'>, style: Style): string[] {
  const from = `${event.branch}, from ${event.base.slice(0, SHORT_ID)}`;
  const lines = [
    `${style.strong(event.task)}: ${event.title} ${style.faint(`(${from})`)}`,
    ...(event.resumed ? [line(event, 'goes on where its last run stopped')] : []),
  ];
  if (event.dirty.length === 0) return lines;
  const shown = event.dirty.slice(0, 5).join(', ');
  const more = event.dirty.length > 5 ? ` and ${event.dirty.length - 5} more` : '';
  return [...lines, line(event, style.warn(`uncommitted and not part of the base: ${shown}${more}`))];
}

function describeReply(event: Event<'reply'>, style: Style, passing: boolean): string[] {
  if (event.reused) return [line(event, 'the answer is kept from before the interruption')];
  if (event.cached) return [line(event, 'an earlier run has the answer (--no-cache asks again)')];
  if (event.ending === 'length') return [line(event, style.warn('the answer was cut off: it is too long'))];
  return passing ? [aside(event, style, `answered ${describeUsage(event.usage)}`)] : [];
}

/** `after 45 s (prompt 1240 tokens, answer 210 tokens, 18.2 tokens/s)`; unknown figures are left out. */
function describeUsage(usage: Usage): string {
  const rate =
    usage.answerTokens !== undefined && usage.answerMs !== undefined && usage.answerMs > 0
      ? usage.answerTokens / (usage.answerMs / 1000)
      : undefined;
  const parts = [
    usage.promptTokens === undefined ? undefined : `prompt ${usage.promptTokens} tokens`,
    usage.answerTokens === undefined ? undefined : `answer ${usage.answerTokens} tokens`,
    rate === undefined ? undefined : `${rate.toFixed(1)} tokens/s`,
  ].filter((part) => part !== undefined);
  const details = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  return `after ${renderDuration(usage.totalMs)}${details}`;
}

function describePlan(event: Event<'plan'>, style: Style): string[] {
  const { plan, notes } = event;
  return [
    line(event, `${style.strong('plan')}: ${plan.summary}`),
    ...plan.steps.map((step, index) => `  ${index + 1}. ${step.title} ${style.faint(step.files.join(', '))}`),
    ...notes.remarks.map((remark) => style.faint(`  ${remark}`)),
  ];
}

function checkName(name: string, on: 'base' | 'branch'): string {
  return on === 'base' ? `${name} on the base` : name;
}

function describeCheck(event: Event<'check-ended'>, style: Style): string[] {
  const { result, on } = event;
  const paint = result.outcome === 'passed' ? style.good : style.bad;
  const first = line(event, `check ${checkName(result.name, on)} ${paint(describeResult(result))}`);
  // What fails on the base is not this task's doing; its output would only be noise.
  if (result.outcome === 'passed' || on === 'base') return [first];
  return [first, ...tailOf(result).map((text) => style.faint(`  | ${text}`))];
}

function tailOf(result: CheckResult): string[] {
  return result.output.trimEnd().split('\n').slice(-TAIL_LINES);
}

function paintVerdict({ verdict }: Event<'verdict'>, style: Style): string {
  const paint = { good: style.good, failing: style.bad, unverified: style.warn }[verdict.kind];
  return paint(describeVerdict(verdict));
}

function describeOutcome(task: string, outcome: Outcome, style: Style): string {
  if (outcome.kind === 'review') return `${style.good('ready for review')}: nexus review ${task}`;
  return `${style.warn(`needs attention, ${describeReason(outcome.reason)}`)}: ${outcome.detail}`;
}

function describeFinish(event: Event<'finished'>, style: Style): string {
  const parts = [
    style.good(`${event.review} ready for review`),
    event.needsAttention === 0
      ? ''
      : style.warn(`${event.needsAttention} need${event.needsAttention === 1 ? 's' : ''} attention`),
    event.waiting === 0 ? '' : `${event.waiting} waiting`,
  ];
  return `${parts.filter((part) => part !== '').join(', ')} ${style.faint(`(${renderDuration(event.elapsedMs)})`)}`;
}
