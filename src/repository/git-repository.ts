import { assertBranchCreatable, assertBranchMovable, deleteBranch, updateBranch } from './branch-moves.js';
import { checkedOut } from './checked-out.js';
import { commitWorktree } from './commit-worktree.js';
import type { Context } from './context.js';
import { dirtyFiles, ignored } from './dirty-files.js';
import { changedFiles, diff, log, readCommit } from './history.js';
import { askIdentity } from './identity.js';
import { commitMerge, fastForwardCheckedOut, tryMerge } from './merge.js';
import { listFiles, readBlob, readFiles } from './read.js';
import { branch, branches, branchesAndRefs, deleteRef, refs, writeRef } from './refs.js';
import type { Repository } from './repository.js';
import {
  currentBranch,
  isAncestor,
  mergeBase,
  readHead,
  resolveCommit,
  selectMerged,
  treeOf,
} from './revisions.js';
import { addThrowawayWorktree } from './throwaway-worktree.js';
import { trackedFiles } from './tracked.js';
import { commit, writeBlob } from './write.js';

/** All operations of the room behind its one interface. */
export function repositoryOf(context: Context): Repository {
  const { root, commonDir, gitDir, git } = context;
  return {
    root,
    commonDir,
    gitDir,
    identity: () => askIdentity(context),

    currentBranch: () => currentBranch(context),
    head: () => readHead(context),
    resolveCommit: (rev) => resolveCommit(context, rev),
    treeOf: (oid) => treeOf(context, oid),
    isAncestor: (ancestor, descendant) => isAncestor(context, ancestor, descendant),
    selectMerged: (tips, into) => selectMerged(context, tips, into),
    mergeBase: (a, b) => mergeBase(context, a, b),

    listFiles: (oid) => listFiles(context, oid),
    readBlob: (oid) => readBlob(context, oid),
    readFiles: (oid, paths) => readFiles(context, oid, paths),

    log: (base, tip) => log(context, base, tip),
    readCommit: (oid) => readCommit(context, oid),
    changedFiles: (from, to) => changedFiles(context, from, to),
    diff: (from, to, options) => diff(context, from, to, options),

    commit: (input) => commit(context, input),
    commitWorktree: (worktree, input) => commitWorktree(context, worktree, input),

    branches: (prefix) => branches(context, prefix),
    branch: (name) => branch(context, name),
    updateBranch: (name, to, expected) => updateBranch(context, name, to, expected),
    deleteBranch: (name, expected) => deleteBranch(context, name, expected),
    assertBranchCreatable: (name) => assertBranchCreatable(context, name),
    assertBranchMovable: (name) => assertBranchMovable(context, name),
    writeRef: (ref, to, expected) => writeRef(context, ref, to, expected),
    deleteRef: (ref) => deleteRef(context, ref),
    refs: (prefix) => refs(context, prefix),
    branchesAndRefs: (prefix, below) => branchesAndRefs(context, prefix, below),
    writeBlob: (content) => writeBlob(git, content),

    checkedOut: () => checkedOut(context),
    dirtyFiles: () => dirtyFiles(git),
    trackedFiles: (under) => trackedFiles(context, under),
    addThrowawayWorktree: (oid) => addThrowawayWorktree(context, oid),
    ignored: (paths) => ignored(git, paths),

    tryMerge: (ours, theirs) => tryMerge(context, ours, theirs),
    commitMerge: (input) => commitMerge(context, input),
    fastForwardCheckedOut: (worktree, oid) => fastForwardCheckedOut(context, worktree, oid),
  };
}
