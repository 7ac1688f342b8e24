import { hasCode, NexusError } from '../errors.js';
import type { AttentionReason, Outcome } from '../journal/entries.js';
import type { ObjectId } from '../repository/repository.js';
import { baseRewritten, branchDeleted } from './start-failures.js';
import type { TaskRun } from './task-run.js';

/** How a task ends by this error when the trouble is its own; undefined for anything that ends the whole run. */
export function ownTroubleOf(error: unknown): Outcome | undefined {
  if (!(error instanceof NexusError)) return undefined;
  const reason = reasonOf(error.code);
  return reason === undefined ? undefined : { kind: 'needs-attention', reason, detail: describe(error) };
}

/**
 * The same of an error in the middle of a run, where git may have cleaned away what somebody else has taken from under
 * it: then git fails in as many ways as there are commands.
 */
export async function troubleOfRun(run: TaskRun, error: unknown): Promise<Outcome | undefined> {
  const known = ownTroubleOf(error);
  if (known !== undefined || !(hasCode(error, 'git-failed') || hasCode(error, 'object-missing')))
    return known;
  const isGone = async (commit: ObjectId): Promise<boolean> =>
    (await run.repository.resolveCommit(commit)) === undefined;
  if (await isGone(run.base)) return ownTroubleOf(baseRewritten(run.journal.record.started));
  if (!(await isGone(run.tip))) return undefined;
  return ownTroubleOf(branchDeleted(run.journal.record.started, undefined));
}

function reasonOf(code: string): AttentionReason | undefined {
  switch (code) {
    case 'setup-required':
    case 'link-invalid':
      return 'setup-missing';
    case 'limit-reached':
    case 'files-too-large':
      return 'limit-reached';
    case 'branch-moved':
    case 'branch-changed':
      return 'branch-changed';
    case 'base-rewritten':
      return 'base-rewritten';
    default:
      return undefined;
  }
}

/**
 * Why a task has to be left as it is for now: its run stays open, and goes on when that is over. Undefined for any other
 * error.
 */
export function pauseOf(error: unknown): string | undefined {
  return hasCode(error, 'branch-checked-out') && error instanceof NexusError ? describe(error) : undefined;
}

/** Message and remedy as one text. */
export function describe(error: NexusError): string {
  return error.remedy === undefined ? error.message : `${error.message} ${error.remedy}`;
}
