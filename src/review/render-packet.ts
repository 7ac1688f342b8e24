import { headline, verdictPhrase } from './headline.js';
import { count, firstOf, moment, section, short, table, wrap, wrapText } from './lay-out.js';
import type { MergeOutlook, PacketCheck, PacketFile, ReviewPacket } from './packet.js';
import { printableLine, printableLines } from './printable.js';
import { renderCommits, renderCost, renderPlan, renderSteps } from './render-work.js';

/**
 * The packet as plain text of about 100 columns: verdict, what to do next, what deserves a look, then the rest. No
 * escape sequence gets through, whatever file names and texts hold.
 */
export function renderPacket(packet: ReviewPacket): string {
  const lines = [
    ...wrap(headline(packet), 2, 100),
    ...(packet.task.title === '' ? [] : wrap(packet.task.title).map((line) => `  ${line}`)),
    ...section('Why', renderWhy(packet)),
    ...section('Next', table(packet.next.map((action) => [action.command, action.does]))),
    ...section('Branch', renderBranch(packet)),
    ...section('Look at this first', renderConcerns(packet)),
    ...section('Checks', renderChecks(packet)),
    ...section(
      'Acceptance (for you to tick)',
      packet.task.acceptance.flatMap((item) => wrap(`[ ] ${item}`, 4)),
    ),
    ...section('Task', wrapText(packet.task.description)),
    ...section('Plan', renderPlan(packet)),
    ...section('Commits', renderCommits(packet)),
    ...section('Files', firstOf(table(packet.files.map(fileRow)), 60)),
    ...section('How it came about', renderSteps(packet)),
    ...section(
      'Notices',
      packet.notices.flatMap((notice) => wrap(notice, 2)),
    ),
    ...section('Cost', renderCost(packet)),
  ];
  return `${lines.join('\n')}\n`;
}

function renderWhy({ state, decisionMessage }: ReviewPacket): string[] {
  if (state.kind === 'needs-attention') return wrapText(state.detail);
  return decisionMessage === undefined ? [] : wrapText(decisionMessage);
}

function renderBranch({ branch, base, commits, files }: ReviewPacket): string[] {
  if (branch.tip === undefined) return [`${printableLine(branch.name)} does not exist`];
  const added = files.reduce((sum, file) => sum + (file.added ?? 0), 0);
  const deleted = files.reduce((sum, file) => sum + (file.deleted ?? 0), 0);
  const size = `${count(commits.length, 'commit')}, ${count(files.length, 'file')}, +${added} -${deleted} lines`;
  const name = branch.exists ? branch.name : `${branch.name} (deleted; its commits are still there)`;
  return [
    ...wrap(`${name} at ${short(branch.tip)}: ${size}`, 2),
    ...wrap(
      `Started from ${base.name ?? 'a detached HEAD'}; compared with ${base.commit === undefined ? 'nothing: its base is not known' : short(base.commit)}`,
      2,
    ),
    ...renderTarget(base),
  ];
}

function renderTarget({ target, merge, stackedOn }: ReviewPacket['base']): string[] {
  if (target === undefined) return [];
  const moved =
    target.movedOn === 0 ? 'has not moved since' : `has moved on by ${count(target.movedOn, 'commit')}`;
  const rewritten = target.containsBase ? '' : `, and ${missingPhrase(stackedOn)}`;
  return wrap(`${target.name} ${moved}${rewritten}; ${mergePhrase(merge)}`, 2);
}

function missingPhrase(stackedOn: string | undefined): string {
  return stackedOn === undefined
    ? 'no longer holds the commit that this started from'
    : `does not hold ${stackedOn} yet, which this is built on`;
}

function mergePhrase(merge: MergeOutlook): string {
  switch (merge.kind) {
    case 'fast-forward':
      return 'can be fast-forwarded';
    case 'clean':
      return 'merges without conflicts (the merged tree is not checked)';
    case 'conflict':
      return `CONFLICTS in ${merge.paths.map(printableLine).join(', ')}`;
    case 'contained':
      return 'holds this work already';
    case 'unknown':
      return `whether it merges is not known: ${merge.because}`;
  }
}

/** What a reviewer should not have to find. */
function renderConcerns({ files, commits, dirty, dropped, plan, branch }: ReviewPacket): string[] {
  const bent = files.filter((file) => file.edits.some((edit) => edit.bent));
  const foreign = commits.filter((commit) => commit.foreign);
  const concerns = [
    ...(plan?.notes.fallback === true
      ? ['No plan of the Overseer could be used: the task itself was its only step.']
      : []),
    ...files.flatMap((file) => file.flags.map(({ why }) => `${file.path}: ${why}`)),
    ...bent.map((file) => `${file.path}: an edit did not fit as it was written; see how it was placed below`),
    ...foreign.map(
      (commit) => `${short(commit.oid)} is not Nexus's (${commit.authorEmail}): ${commit.subject}`,
    ),
    ...dropped.map(({ label, reason }) => `${label} was dropped: ${reason}`),
    ...(dirty.length === 0
      ? []
      : [`Not part of the base, since uncommitted when the run began: ${dirty.join(', ')}`]),
  ];
  return branch.tip === undefined && concerns.length === 0
    ? []
    : firstOf(
        concerns.flatMap((concern) => wrap(`! ${concern}`, 2)),
        40,
      );
}

function renderChecks({ verdict, checks, setupFailed, branch }: ReviewPacket): string[] {
  if (branch.tip === undefined) return [];
  const setup =
    setupFailed === undefined
      ? []
      : [
          `Set-up failed, so no check ran: ${printableLine(setupFailed.command)}`,
          ...tail(setupFailed.output),
        ];
  return [
    ...wrap(verdictPhrase(verdict, checks, branch.tip)),
    ...setup,
    ...checks.flatMap((check, index) => [
      table(checks.map(checkRow))[index] ?? '',
      ...(check.outcome === 'passed' ? [] : tail(check.output ?? '')),
    ]),
  ];
}

const OUTCOMES: Readonly<Record<PacketCheck['outcome'], string>> = {
  passed: 'passed',
  failed: 'FAILED',
  'timed-out': 'TIMED OUT',
  'could-not-run': 'COULD NOT RUN',
  'not-run': 'not run',
};

function checkRow(check: PacketCheck): string[] {
  const base =
    check.base === undefined ? 'not run on the base' : `base: ${OUTCOMES[check.base].toLowerCase()}`;
  const { earlier } = check;
  const before = earlier === undefined ? '' : `; ${earlierPhrase(check.outcome, earlier)}`;
  const seconds = check.durationMs === undefined ? '' : `${(check.durationMs / 1000).toFixed(1)} s`;
  return [OUTCOMES[check.outcome], check.name, seconds, base + before];
}

function earlierPhrase(
  outcome: PacketCheck['outcome'],
  earlier: NonNullable<PacketCheck['earlier']>,
): string {
  const on = `${short(earlier.commit)}, ${moment(earlier.at)}`;
  return outcome === 'not-run' ? `${earlier.outcome} on ${on}` : `ran on ${on}, not again since`;
}

/** The end of an output: that is where failures are summed up. */
function tail(output: string): string[] {
  return printableLines(output)
    .slice(-12)
    .map((line) => `    ${line.slice(0, 200)}`);
}

const LETTERS: Readonly<Record<PacketFile['status'], string>> = {
  added: 'A',
  modified: 'M',
  deleted: 'D',
  renamed: 'R',
  'mode-changed': 'T',
};

function fileRow(file: PacketFile): string[] {
  const size = file.added === undefined ? 'binary' : `+${file.added} -${file.deleted ?? 0}`;
  const path = file.from === undefined ? file.path : `${file.from} → ${file.path}`;
  const placed = file.edits.map((edit) => {
    const where = edit.line > 0 ? ` at line ${edit.line}` : '';
    return `${edit.bent ? '! ' : ''}${edit.format}, ${edit.pass}${where} (${edit.label})`;
  });
  return [LETTERS[file.status], path, size, placed.join('; ')];
}
