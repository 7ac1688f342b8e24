import type { AttentionReason } from '../journal/entries.js';
import type { NextAction, ReviewPacket } from './packet.js';

/** What a person can do next, the likeliest first. Each is a whole command line. */
export function listNextActions(packet: Omit<ReviewPacket, 'next'>): NextAction[] {
  const { state, task } = packet;
  const run = (does: string): NextAction => ({ command: `nexus run ${task.id}`, does });
  switch (state.kind) {
    case 'review':
      return unique([...acceptActions(packet, ''), ...afterwards(packet)]);
    case 'needs-attention':
      return attentionActions(packet, state.reason);
    case 'ready':
      return [run(state.why === 'interrupted' ? 'go on where it stopped' : 'do it now')];
    case 'waiting':
      return packet.plan === undefined
        ? []
        : [run('approve the plan and go on'), reject(packet), retry(packet)];
    case 'rejected':
      return [
        { ...retry(packet), does: 'do it again all the same; a changed text in tasks.yml does that too' },
      ];
    case 'planning':
    case 'coding':
    case 'checking':
    case 'documenting':
      return [{ command: 'nexus status', does: 'see how far it is' }];
    case 'accepted':
      return [];
  }
}

function acceptActions(packet: Omit<ReviewPacket, 'next'>, flag: string): NextAction[] {
  const { base, task, branch } = packet;
  const command = `nexus accept ${task.id}${flag}`;
  const into = base.target?.name;
  if (base.target?.containsBase === false && base.stackedOn !== undefined) {
    return [{ command: `nexus accept ${base.stackedOn}`, does: 'first: this is built on it' }];
  }
  if (base.target?.containsBase === false) {
    return [{ ...retry(packet), does: `do it anew: ${into} no longer contains the commit it started from` }];
  }
  if (base.merge.kind === 'conflict') {
    return [
      { command: `git merge ${branch.name}`, does: `by hand, on ${into ?? 'the base'}: there are conflicts` },
      { ...retry(packet), does: `do it anew from ${into ?? 'the base'} as it is now` },
    ];
  }
  if (into === undefined) return [{ command: `${command} --into BRANCH`, does: 'merge it into that branch' }];
  if (base.merge.kind === 'unknown') {
    return [{ command: `git merge ${branch.name}`, does: `by hand, on ${into}` }];
  }
  const how = base.merge.kind === 'clean' ? 'merge commit; the merged tree is not checked' : 'fast-forward';
  return [{ command, does: `bring it into ${into} (${how})` }];
}

function attentionActions(packet: Omit<ReviewPacket, 'next'>, reason: AttentionReason): NextAction[] {
  const { task } = packet;
  const check = { command: `nexus check ${task.id}`, does: 'run the checks on the branch as it is now' };
  const anyway = packet.branch.exists ? acceptActions(packet, ' --anyway') : [];
  const log = { command: `nexus log ${task.id}`, does: 'read what was asked and answered' };
  switch (reason) {
    case 'checks-fail':
      return unique([log, retry(packet), check, ...anyway, ...afterwards(packet)]);
    case 'unverified':
      return unique([check, ...anyway, ...afterwards(packet)]);
    case 'branch-changed':
      return unique(packet.branch.exists ? [check, ...anyway, ...afterwards(packet)] : [retry(packet)]);
    case 'question':
      return [
        { command: 'edit tasks.yml', does: 'answer the question in the task’s text' },
        { command: `nexus run ${task.id}`, does: 'then do it' },
      ];
    case 'nothing-to-change':
    case 'edits-not-applied':
      return unique([log, retry(packet), ...(packet.branch.exists ? [reject(packet)] : [])]);
    case 'base-rewritten':
      return unique([retry(packet), ...(packet.branch.exists ? [reject(packet)] : [])]);
    case 'limit-reached':
    case 'model-trouble':
    case 'cancelled':
    case 'setup-missing': {
      const goOn = { command: `nexus run ${task.id}`, does: 'go on where it stopped' };
      const doctor = { command: 'nexus doctor', does: 'find what is missing' };
      const mend = reason === 'model-trouble' || reason === 'setup-missing' ? [doctor] : [];
      return unique([...mend, goOn, retry(packet), ...(packet.branch.exists ? [reject(packet)] : [])]);
    }
  }
}

function afterwards(packet: Omit<ReviewPacket, 'next'>): NextAction[] {
  const { base, branch } = packet;
  const from = base.target?.name ?? base.commit?.slice(0, 12) ?? 'HEAD';
  const check = { command: `nexus check ${packet.task.id}`, does: 'run the checks again' };
  return [
    { command: `git diff ${from}...${branch.name}`, does: 'read the whole difference' },
    reject(packet),
    retry(packet),
    check,
  ];
}

function reject({ task }: Omit<ReviewPacket, 'next'>): NextAction {
  return { command: `nexus reject ${task.id}`, does: 'put it aside until its text in tasks.yml changes' };
}

function retry({ task }: Omit<ReviewPacket, 'next'>): NextAction {
  return { command: `nexus retry ${task.id}`, does: 'do it anew; this branch is kept in the history' };
}

/** The first of each command stays: it says more of this very case. */
function unique(actions: readonly NextAction[]): NextAction[] {
  return actions.filter(
    ({ command }, index) => actions.findIndex((action) => action.command === command) === index,
  );
}
