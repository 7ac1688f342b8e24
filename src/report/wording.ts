import type { CheckResult, Verdict } from '../checks/check.js';
import type { AttentionReason, CommitLabel } from '../journal/entries.js';
import type { TaskState } from '../journal/task-state.js';
import type { Purpose } from '../models/ask.js';
import { renderDuration } from './quantities.js';

/** How people read the machine's words. One place, so that every command says the same. */

const REASONS: Record<AttentionReason, string> = {
  'checks-fail': 'checks fail',
  unverified: 'unverified',
  'edits-not-applied': 'edits not applied',
  question: 'the Overseer asks',
  'nothing-to-change': 'nothing to change',
  'limit-reached': 'limit reached',
  'model-trouble': 'model trouble',
  'base-rewritten': 'base rewritten',
  'branch-changed': 'branch changed',
  cancelled: 'cancelled',
  'setup-missing': 'set-up missing',
};

export function describeReason(reason: AttentionReason): string {
  return REASONS[reason];
}

/** `step-2` → `step 2`. */
export function describeLabel(label: CommitLabel): string {
  return label.replace('-', ' ');
}

/** `coding step 2/3, attempt 2`. */
export function describeRequest(
  request: { purpose: Purpose; step: number | undefined; attempt: number },
  steps: number | undefined,
): string {
  const step =
    request.step === undefined ? '' : ` step ${request.step}${steps === undefined ? '' : `/${steps}`}`;
  const verbs: Record<Purpose, string> = {
    'choose-files': 'choosing files to read',
    plan: 'planning',
    code: `coding${step}`,
    repair: 'repairing',
    document: 'writing the document',
  };
  return `${verbs[request.purpose]}${request.attempt > 1 ? `, attempt ${request.attempt}` : ''}`;
}

export function describeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'good':
      return 'good: all checks pass';
    case 'failing':
      return `checks fail: ${verdict.failing.join(', ')}`;
    case 'unverified':
      return verdict.reason === 'no-checks'
        ? 'unverified: no check is configured'
        : `unverified: what fails failed on the base too: ${verdict.failing.join(', ')}`;
  }
}

/** `failed with exit code 1 after 3 s`. */
export function describeResult(result: CheckResult): string {
  const time = `after ${renderDuration(result.durationMs)}`;
  switch (result.outcome) {
    case 'passed':
      return `passed ${time}`;
    case 'failed':
      return result.signal === undefined
        ? `failed with exit code ${result.exitCode ?? '?'} ${time}`
        : `was ended by ${result.signal} ${time}`;
    case 'timed-out':
      return `took too long and was ended ${time}`;
    case 'could-not-run':
      return 'could not run';
  }
}

/** The state in one word or two, and what more there is to say. */
export function describeState(state: TaskState): { word: string; detail: string } {
  switch (state.kind) {
    case 'waiting':
      return { word: 'waiting', detail: state.because };
    case 'ready': {
      const details = {
        new: '',
        changed: 'its text changed since the last run',
        interrupted: 'its run was interrupted and goes on',
        approved: 'its plan is approved',
        'unverified-branch': 'the journal of its run is lost, so its checks run again',
        'journal-lost': 'the journal of its run is lost, so it starts anew',
      };
      return { word: 'ready', detail: details[state.why] };
    }
    case 'needs-attention':
      return { word: 'needs attention', detail: `${describeReason(state.reason)}: ${state.detail}` };
    case 'planning':
    case 'coding':
    case 'checking':
    case 'documenting':
    case 'review':
    case 'accepted':
    case 'rejected':
      return { word: state.kind, detail: '' };
  }
}

/** The command that a person would run next for a task in this state; undefined when there is nothing to do. */
export function nextCommand(task: string, state: TaskState): string | undefined {
  switch (state.kind) {
    case 'ready':
      return `nexus run ${task}`;
    case 'review':
      return `nexus review ${task}`;
    case 'needs-attention':
      return commandForReason(task, state.reason);
    case 'waiting':
    case 'planning':
    case 'coding':
    case 'checking':
    case 'documenting':
    case 'accepted':
    case 'rejected':
      return undefined;
  }
}

function commandForReason(task: string, reason: AttentionReason): string {
  switch (reason) {
    case 'checks-fail':
    case 'unverified':
      return `nexus review ${task}`;
    case 'branch-changed':
      return `nexus check ${task}`;
    case 'setup-missing':
      return 'nexus doctor';
    case 'cancelled':
    case 'limit-reached':
    case 'model-trouble':
      return `nexus run ${task}`;
    case 'edits-not-applied':
      return `nexus log ${task}`;
    case 'question':
    case 'nothing-to-change':
      // Only words help here: the task has to say more, or something else.
      return `edit ${task} in tasks.yml`;
    case 'base-rewritten':
      return `nexus retry ${task}`;
  }
}

/** A sentence that goes on. */
export function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
