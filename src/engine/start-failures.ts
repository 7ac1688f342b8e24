import { EXIT, NexusError } from '../errors.js';
import type { RunStartedEntry } from '../journal/entries.js';
import type { KeptTip } from '../journal/history.js';
import type { CommitInfo } from '../repository/repository.js';

/* Why a run does not begin, or does not go on: something was done to its branch or its base. */

/** A commit of somebody else, as it is told. */
export function quote({ oid, subject }: CommitInfo): string {
  return `${oid.slice(0, 10)} "${subject}"`;
}

export function branchChanged(task: string, branch: string, how: string): NexusError {
  return new NexusError({
    code: 'branch-changed',
    message: `The branch ${branch} ${how}; Nexus does not touch it.`,
    remedy: `Keep it under another name (git branch -m ${branch} NAME) or delete it (git branch -D ${branch}), then start anew: nexus retry ${task}`,
    exitCode: EXIT.repository,
  });
}

export function baseRewritten({ base, baseName, task }: RunStartedEntry): NexusError {
  return new NexusError({
    code: 'base-rewritten',
    message: `The base${baseName === undefined ? '' : ` (${baseName})`} no longer contains ${base.slice(0, 10)}, the commit that this run of ${task.id} started from.`,
    remedy: `Start it anew from the base as it is now: nexus retry ${task.id}`,
    exitCode: EXIT.attention,
  });
}

export function branchDeleted({ branch, task }: RunStartedEntry, kept: KeptTip | undefined): NexusError {
  const where = kept === undefined ? '' : ` Its last commit is kept as ${kept.ref}.`;
  return new NexusError({
    code: 'branch-changed',
    message: `The branch ${branch} was deleted while this run was not done.${where}`,
    remedy: `Start it anew from the base: nexus retry ${task.id}`,
    exitCode: EXIT.repository,
  });
}
