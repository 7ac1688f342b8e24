import type { BranchInfo, CommitInfo, ObjectId, Repository } from '../repository/repository.js';
import type { Task } from '../tasks/task.js';
import { isRunId, numberOfRun } from './run-folders.js';
import type { RunRecord } from './run-record.js';

/** What the commits of a feature branch say of themselves, by their trailers; all there is once a journal is lost. */
export interface BranchWork {
  /** Where the branch left the base. */
  base: ObjectId;
  /** Since the base, oldest first. */
  commits: CommitInfo[];
  /** The first commit that no run of this task made; undefined when all are ours. */
  foreign: CommitInfo | undefined;
  /** Run that made the last commit. */
  run: string | undefined;
  /** Hash of the task's text as that run knew it. */
  taskHash: string | undefined;
  /**
   * Whether the run came to its end: the documents are the last commit it makes, so a branch that ends with them lacks
   * nothing but a verdict. Any other branch may lack a step, a repair or its documents, which no commit tells.
   */
  complete: boolean;
}

/**
 * @param record of the task's last run: says where the branch began also when the base was rewritten since
 * @param base tip of the base branch; without a record the branch began where it left that
 */
export async function readBranchWork(
  repository: Repository,
  about: { task: Task; branch: BranchInfo; record: RunRecord | undefined; base: ObjectId },
): Promise<BranchWork> {
  const { task, branch } = about;
  const start = await findStart(repository, about);
  const since = await repository.log(start, branch.tip);
  // A stacked task begins where the work of another one ends.
  const below = task.stack ? since.findIndex((commit) => !isOfAnother(commit.trailers, task)) : 0;
  const base = since[below - 1]?.oid ?? start;
  const commits = since.slice(Math.max(0, below));
  const foreign = commits.find((commit) => !isOurs(commit.trailers, task));
  const ours = foreign === undefined && isOurs(branch.trailers, task);
  return {
    base,
    commits,
    foreign,
    run: ours ? runOf(branch.trailers) : undefined,
    taskHash: ours ? branch.trailers.get('nexus-task-hash')?.at(-1) : undefined,
    complete: ours && branch.trailers.get('nexus-step')?.at(-1) === 'documents',
  };
}

async function findStart(
  repository: Repository,
  { branch, record, base }: { branch: BranchInfo; record: RunRecord | undefined; base: ObjectId },
): Promise<ObjectId> {
  if (record?.started.branch === branch.name) {
    const started = await repository.resolveCommit(record.started.base);
    if (started !== undefined && (await repository.isAncestor(started, branch.tip))) return started;
  }
  return (await repository.mergeBase(base, branch.tip)) ?? base;
}

/**
 * Whether a journal of a later run than this one is lost: the branch then says more than what is kept. The number that
 * run ids begin with decides, never a clock.
 */
export function isOutrun(record: RunRecord, branch: BranchInfo | undefined): boolean {
  const run = branch === undefined ? undefined : runOf(branch.trailers);
  return run !== undefined && numberOfRun(run) > numberOfRun(record.started.run);
}

/** The run that made a commit; undefined for a commit of somebody else. */
export function runOf(trailers: CommitInfo['trailers']): string | undefined {
  const run = trailers.get('nexus-run')?.at(-1);
  // It becomes the name of a folder, and anybody may write a trailer.
  return run !== undefined && isRunId(run) ? run : undefined;
}

function isOfAnother(trailers: CommitInfo['trailers'], task: Task): boolean {
  return runOf(trailers) !== undefined && !(trailers.get('nexus-task') ?? []).includes(task.id);
}

function isOurs(trailers: CommitInfo['trailers'], task: Task): boolean {
  return runOf(trailers) !== undefined && (trailers.get('nexus-task') ?? []).includes(task.id);
}
