import type { FileChange, FileContent, RepoPath } from '../edits/types.js';

/** A full object name (40 or 64 hex digits). */
export type ObjectId = string;

/** One path of a commit's tree. */
export interface TreeEntry {
  path: RepoPath;
  /** `100644`, `100755`, `120000` (symlink) or `160000` (submodule). */
  mode: string;
  oid: ObjectId;
  /** Bytes; undefined for submodules. */
  size: number | undefined;
}

export interface CommitInfo {
  oid: ObjectId;
  parents: ObjectId[];
  tree: ObjectId;
  subject: string;
  body: string;
  authorEmail: string;
  committerEmail: string;
  /** Trailers by lower-case key, in order. */
  trailers: ReadonlyMap<string, readonly string[]>;
}

export interface BranchInfo {
  /** Without `refs/heads/`. */
  name: string;
  tip: ObjectId;
  /** Trailers of the tip commit, by lower-case key. */
  trailers: ReadonlyMap<string, readonly string[]>;
}

/** Where a work tree stands. */
export interface Head {
  /** Undefined when the current branch has no commit yet. */
  commit: ObjectId | undefined;
  /** Short name; undefined when HEAD is detached. */
  branch: string | undefined;
}

export interface Identity {
  name: string;
  email: string;
}

/** How one file differs between two commits. `added`/`deleted` count lines and are undefined for binary files. */
export interface ChangedFile {
  path: RepoPath;
  /** Set for renames. */
  from: RepoPath | undefined;
  status: 'added' | 'modified' | 'deleted' | 'renamed' | 'mode-changed';
  added: number | undefined;
  deleted: number | undefined;
}

export interface NewCommit {
  parent: ObjectId;
  changes: readonly FileChange[];
  /** Whole message, trailers included, without comment lines. */
  message: string;
}

/** What `tryMerge` found, without touching anything. */
export type MergePreview = { kind: 'clean'; tree: ObjectId } | { kind: 'conflict'; paths: RepoPath[] };

/** Uncommitted work in the user's checkout: changed against HEAD, staged or not, and untracked but not ignored. */
export interface DirtyFile {
  path: RepoPath;
  kind: 'changed' | 'untracked';
}

/** A path that git tracks, as the index has it. */
export interface TrackedFile {
  path: RepoPath;
  kind: 'file' | 'symlink' | 'submodule';
}

/** A worktree outside the repository that exists only while checks run. `dispose` never throws and never follows a link. */
export interface ThrowawayWorktree {
  path: string;
  dispose(): Promise<void>;
}

/**
 * One git repository, seen from one work tree. Nothing here but `fastForwardCheckedOut` touches the user's work tree,
 * index, HEAD, stash or hooks.
 */
export interface Repository {
  /** Top of the work tree the user stands in; absolute. */
  readonly root: string;
  /** Shared by all worktrees; absolute. Nexus keeps its state in `<commonDir>/nexus`. */
  readonly commonDir: string;
  /** Of this work tree; absolute. */
  readonly gitDir: string;
  /** Who commits; from git's configuration and the environment. @throws NexusError `identity-missing` */
  identity(): Promise<Identity>;

  /** Short name of the current branch; undefined when HEAD is detached. */
  currentBranch(): Promise<string | undefined>;
  head(): Promise<Head>;
  /** The commit that `rev` names, or undefined. `rev` is data: it can't be read as an option. */
  resolveCommit(rev: string): Promise<ObjectId | undefined>;
  treeOf(commit: ObjectId): Promise<ObjectId>;
  isAncestor(ancestor: ObjectId, descendant: ObjectId): Promise<boolean>;
  /** Those of `tips` that `into` holds already, found all at once; one that is gone is not held. */
  selectMerged(tips: readonly ObjectId[], into: ObjectId): Promise<Set<ObjectId>>;
  mergeBase(a: ObjectId, b: ObjectId): Promise<ObjectId | undefined>;

  listFiles(commit: ObjectId): Promise<readonly TreeEntry[]>;
  /** Exact bytes. */
  readBlob(oid: ObjectId): Promise<Buffer>;
  /** Content of these paths in that commit, as the edit engine takes it; absent paths are absent in the map. */
  readFiles(commit: ObjectId, paths: Iterable<RepoPath>): Promise<Map<RepoPath, FileContent>>;

  /** Commits in `base..tip`, oldest first. */
  log(base: ObjectId, tip: ObjectId): Promise<CommitInfo[]>;
  /** A commit with one parent, and the paths of the files that differ from that one's; of a rename the new one. */
  readCommit(oid: ObjectId): Promise<{ info: CommitInfo; paths: readonly RepoPath[] }>;
  changedFiles(from: ObjectId, to: ObjectId): Promise<readonly ChangedFile[]>;
  /** Unified diff as git prints it, bytes decoded as UTF-8. */
  diff(
    from: ObjectId,
    to: ObjectId,
    options?: { paths?: readonly RepoPath[]; color?: boolean; stat?: boolean },
  ): Promise<string>;

  /** Writes objects only. Modes of existing files are kept; new ones are 100644. */
  commit(input: NewCommit): Promise<ObjectId>;
  /** Commits the state of a throw-away worktree's tracked and new files on top of `parent`; undefined if nothing differs. */
  commitWorktree(
    worktree: ThrowawayWorktree,
    input: { parent: ObjectId; message: string },
  ): Promise<ObjectId | undefined>;

  branches(prefix: string): Promise<BranchInfo[]>;
  branch(name: string): Promise<BranchInfo | undefined>;
  /**
   * Moves or creates a branch, compare-and-swap. `expected` undefined: it must not exist.
   * @throws NexusError `branch-moved`, `branch-checked-out`, `branch-name-taken` (directory/file clash, case-fold clash)
   */
  updateBranch(name: string, to: ObjectId, expected: ObjectId | undefined): Promise<void>;
  deleteBranch(name: string, expected: ObjectId): Promise<void>;
  /** Throws what `updateBranch` would throw for creating it, before any work is spent. */
  assertBranchCreatable(name: string): Promise<void>;
  /** Throws what `updateBranch` would throw for moving it, before any work is spent. */
  assertBranchMovable(name: string): Promise<void>;
  /** Any ref below `refs/nexus/`. `expected` undefined: create or overwrite. */
  writeRef(ref: string, to: ObjectId, expected?: ObjectId): Promise<void>;
  deleteRef(ref: string): Promise<void>;
  refs(prefix: string): Promise<Map<string, ObjectId>>;
  /** `branches(prefix)` and `refs(below)` at one moment. */
  branchesAndRefs(
    prefix: string,
    below: string,
  ): Promise<{ branches: BranchInfo[]; refs: Map<string, ObjectId> }>;
  /** Stores bytes as a blob. */
  writeBlob(content: Buffer): Promise<ObjectId>;

  /** Where each branch is checked out (absolute paths), all worktrees. */
  checkedOut(): Promise<Map<string, string>>;
  dirtyFiles(): Promise<DirtyFile[]>;
  /** Tracked and there, below `under`: the empty path, or a folder with `/` at its end. */
  trackedFiles(under: RepoPath): Promise<TrackedFile[]>;
  /** Detached worktree in a temporary folder outside the repository, made without running the user's hooks. */
  addThrowawayWorktree(commit: ObjectId): Promise<ThrowawayWorktree>;
  /** Paths (of those given) that git ignores, as `git check-ignore` says. */
  ignored(paths: readonly RepoPath[]): Promise<Set<RepoPath>>;

  /** Merge of `theirs` into `ours` computed in the object database (git >= 2.38; else `merge-unsupported`). */
  tryMerge(ours: ObjectId, theirs: ObjectId): Promise<MergePreview>;
  /** A merge commit of an already merged tree. */
  commitMerge(input: {
    tree: ObjectId;
    parents: readonly [ObjectId, ObjectId];
    message: string;
  }): Promise<ObjectId>;
  /**
   * Brings the checked-out branch to `commit` as `git merge --ff-only` does: dirty files that do not overlap stay, an
   * overlap refuses and changes nothing. The only method that writes working files (`nexus apply` has working/). Runs in
   * the worktree that has the branch.
   */
  fastForwardCheckedOut(worktree: string, commit: ObjectId): Promise<void>;
}
