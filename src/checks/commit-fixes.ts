import type { FileChange, FileContent, RepoPath } from '../edits/types.js';
import type { ChangedFile, ObjectId, Repository, ThrowawayWorktree } from '../repository/repository.js';
import type { CheckResult } from './check.js';

export type FixRepository = Pick<Repository, 'commitWorktree' | 'changedFiles' | 'readFiles' | 'commit'>;

export interface FixInput {
  repository: FixRepository;
  worktree: ThrowawayWorktree;
  parent: ObjectId;
  /** Whole commit message. */
  message: string;
  run: () => Promise<CheckResult[]>;
}

/**
 * Runs commands in a worktree and commits what they changed on top of `parent`. What was different before they ran (a
 * lockfile that `setup` rewrote, a linked folder that this commit does not ignore) stays out of the commit.
 */
export async function commitFixes(
  input: FixInput,
): Promise<{ results: CheckResult[]; commit: ObjectId | undefined }> {
  const { repository, worktree, parent, message } = input;
  const before = await repository.commitWorktree(worktree, { parent, message });
  const results = await input.run();
  const after = await repository.commitWorktree(worktree, { parent, message });
  if (before === undefined || after === undefined) return { results, commit: after };
  const changed = await repository.changedFiles(before, after);
  const paths = changed.flatMap((file) => (file.from === undefined ? [file.path] : [file.path, file.from]));
  const old = await repository.readFiles(parent, paths);
  const now = await repository.readFiles(after, paths);
  const changes = changed.flatMap((file) => changesOf(file, old, now));
  const commit = changes.length === 0 ? undefined : await repository.commit({ parent, changes, message });
  return { results, commit };
}

type Contents = ReadonlyMap<RepoPath, FileContent>;

function changesOf(file: ChangedFile, old: Contents, now: Contents): FileChange[] {
  return [file.path, ...(file.from === undefined ? [] : [file.from])].flatMap((path) => {
    const change = changeOf(path, old.get(path), now.get(path));
    return change === undefined ? [] : [change];
  });
}

/** Only text: a formatter's business. Anything else that changed is no repair of style. */
function changeOf(
  path: RepoPath,
  old: FileContent | undefined,
  now: FileContent | undefined,
): FileChange | undefined {
  if (now?.kind === 'text') {
    if (old === undefined) return { kind: 'create', path, newText: now.text };
    if (old.kind !== 'text' || old.text === now.text) return undefined;
    return { kind: 'modify', path, oldText: old.text, newText: now.text };
  }
  return now === undefined && old?.kind === 'text' ? { kind: 'delete', path, oldText: old.text } : undefined;
}
