import type { AttentionReason } from '../journal/entries.js';
import type { ReadyReason } from '../journal/task-state.js';
import { count, moment, short } from './lay-out.js';
import type { ReviewPacket } from './packet.js';

const REASONS: Readonly<Record<AttentionReason, string>> = {
  'checks-fail': 'the checks fail',
  unverified: 'nothing vouches for it',
  'edits-not-applied': 'no usable edit came',
  question: 'the Overseer asks',
  'nothing-to-change': 'nothing to change was found',
  'limit-reached': 'a limit was reached',
  'model-trouble': 'the model gave trouble',
  'base-rewritten': 'its base was rewritten',
  'branch-changed': 'its branch was changed',
  cancelled: 'it was cancelled',
  'setup-missing': 'the set-up is not complete',
};

/** State and verdict in one line; never more than was verified. */
export function headline({ task, state, verdict, checks, branch }: ReviewPacket): string {
  const id = task.id;
  switch (state.kind) {
    case 'review':
      return `${id}: READY FOR REVIEW, ${verdictPhrase(verdict, checks, branch.tip)}`;
    case 'needs-attention':
      return `${id}: NEEDS ATTENTION, ${REASONS[state.reason]}`;
    case 'accepted':
      return `${id}: ACCEPTED at ${short(state.tip)}`;
    case 'rejected':
      return `${id}: REJECTED at ${short(state.tip)}`;
    case 'waiting':
      return `${id}: WAITING, ${state.because}`;
    case 'ready':
      return `${id}: READY TO RUN, ${READY[state.why]}`;
    case 'planning':
    case 'coding':
    case 'checking':
    case 'documenting':
      return `${id}: BEING WORKED ON (${state.kind})`;
  }
}

const READY: Readonly<Record<ReadyReason, string>> = {
  new: 'not done yet',
  changed: 'its text changed since it was done',
  interrupted: 'its run was interrupted',
  approved: 'its plan was approved',
  'unverified-branch': 'the journal of its run is lost, so its checks run again',
  'journal-lost': 'the journal of its run is lost, so it starts anew',
};

/** What the checks say of the tip, in words. */
export function verdictPhrase(
  verdict: ReviewPacket['verdict'],
  checks: ReviewPacket['checks'],
  tip: string | undefined,
): string {
  if (verdict.kind === 'not-checked') {
    if (verdict.last === undefined) return 'no check ran on it';
    const { kind, commit, at } = verdict.last;
    return `not checked since ${short(commit)} (${kind}, ${moment(at)})`;
  }
  const on = `on ${tip === undefined ? 'the tip' : short(tip)}, ${moment(verdict.at)}`;
  if (verdict.kind === 'failing') return `${count(verdict.failing.length, 'check')} failing ${on}`;
  if (verdict.kind === 'unverified') {
    return verdict.reason === 'no-checks'
      ? 'no check is configured'
      : `what fails failed on the base too ${on}`;
  }
  const passed = checks.filter((check) => check.outcome === 'passed').length;
  const notRun = checks.filter((check) => check.outcome === 'not-run').length;
  const takenOver = checks.filter((check) => check.outcome !== 'not-run' && check.earlier !== undefined);
  const limits = [
    ...(notRun === 0 ? [] : [`${notRun} not run on it`]),
    ...(takenOver.length === 0 ? [] : [`${takenOver.length} taken over`]),
  ];
  const rest = limits.length === 0 ? '' : ` (${limits.join(', ')})`;
  return passed === 0 ? `no check had to run ${on}` : `${count(passed, 'check')} passed${rest} ${on}`;
}
