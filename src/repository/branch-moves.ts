import { checkedOut } from './checked-out.js';
import type { Context } from './context.js';
import { hasCode, type NexusError } from '../errors.js';
import { repositoryError } from './failures.js';
import { objectId } from './names.js';
import { isNameFree } from './plain-refs.js';
import { HEADS, moveRef, oldValue, requireRefName } from './refs.js';
import type { ObjectId } from './repository.js';

/**
 * Moves or creates a branch, compare-and-swap. `expected` undefined: it must not exist.
 *
 * @throws NexusError `branch-moved`, `branch-checked-out`, `branch-name-taken`, `branch-name-invalid`
 */
export async function updateBranch(
  context: Context,
  name: string,
  to: ObjectId,
  expected: ObjectId | undefined,
): Promise<void> {
  if (expected === undefined) await assertBranchCreatable(context, name);
  else await assertBranchMovable(context, name);
  const ref = HEADS + name;
  const args = ['--create-reflog', '-m', 'nexus', ref, objectId(to), oldValue(expected, to)];
  try {
    await moveRef(context, ref, args);
  } catch (error) {
    // Created by somebody else after the check above.
    if (expected === undefined && hasCode(error, 'branch-moved')) await assertNameFree(context, name);
    throw error;
  }
}

/** @throws NexusError `branch-moved`, `branch-checked-out`, `branch-name-invalid` */
export async function deleteBranch(context: Context, name: string, expected: ObjectId): Promise<void> {
  await assertBranchMovable(context, name);
  await moveRef(context, HEADS + name, ['-d', HEADS + name, objectId(expected)]);
}

/** Throws what `updateBranch` would throw for creating it. */
export async function assertBranchCreatable(context: Context, name: string): Promise<void> {
  await assertBranchMovable(context, name);
  await assertNameFree(context, name);
}

/**
 * Throws what `updateBranch` would throw for moving it: git moves the branch that a person stands on without a word, and
 * their next commit would then undo ours.
 */
export async function assertBranchMovable(context: Context, name: string): Promise<void> {
  await requireRefName(context, HEADS + name);
  const worktree = (await checkedOut(context)).get(name);
  if (worktree === undefined) return;
  throw repositoryError(
    'branch-checked-out',
    `The branch ${name} is checked out in ${worktree}, so Nexus does not move it.`,
    `Switch to another branch there (git -C "${worktree}" switch -), or run "git worktree prune" if the folder is gone.`,
  );
}

async function assertNameFree(context: Context, name: string): Promise<void> {
  if (isNameFree(context.commonDir, name, (existing) => clashOf(name, existing) !== undefined)) return;
  const names = await context.git.run({
    args: ['for-each-ref', '--format=%(refname)', HEADS],
    parse: (output) => output.split('\n').filter((ref) => ref !== ''),
  });
  for (const ref of names) {
    const clash = clashOf(name, ref.slice(HEADS.length));
    if (clash) throw nameTaken(name, ref.slice(HEADS.length), clash);
  }
}

type Clash = 'same' | 'folder' | 'case';

/**
 * How an existing branch stands in the way of a new one. A branch can't be a folder of branches, and names that differ
 * only in case are one file on Windows and macOS.
 */
export function clashOf(name: string, existing: string): Clash | undefined {
  if (name === existing) return 'same';
  const ours = name.split('/');
  const theirs = existing.split('/');
  for (const [index, part] of ours.entries()) {
    const other = theirs[index];
    if (other === undefined) return 'folder';
    if (part === other) continue;
    return part.toLowerCase() === other.toLowerCase() ? 'case' : undefined;
  }
  return 'folder';
}

const REASONS: Record<Clash, string> = {
  same: 'it exists already',
  folder: 'git cannot keep a branch and a folder of branches under one name',
  case: 'the names differ only in upper and lower case, which Windows and macOS do not tell apart',
};

function nameTaken(name: string, existing: string, clash: Clash): NexusError {
  return repositoryError(
    'branch-name-taken',
    `The branch ${name} cannot be created because of the branch ${existing}: ${REASONS[clash]}.`,
    `Rename it (git branch -m "${existing}" <new-name>), or set another branch prefix in .nexus.yml.`,
  );
}
