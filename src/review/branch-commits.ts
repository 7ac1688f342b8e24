import type { CommitInfo, ObjectId, Repository } from '../repository/repository.js';
import type { PacketCommit, ReviewInput } from './packet.js';

/** The commits of `start..tip`, oldest first, each with its label and whether this run wrote it. */
export async function listBranchCommits(
  input: Pick<ReviewInput, 'repository' | 'task' | 'record'>,
  start: ObjectId,
  tip: ObjectId,
): Promise<PacketCommit[]> {
  const commits = await input.repository.log(start, tip);
  return commits.map((commit) => ({
    oid: commit.oid,
    subject: commit.subject,
    label: lastTrailer(commit, 'nexus-step'),
    foreign: isForeign(input, commit),
    authorEmail: commit.authorEmail,
  }));
}

/** Whether everything between base and tip was written by this task's runs. */
export async function holdsForeignCommits(
  input: Pick<ReviewInput, 'repository' | 'task' | 'record'>,
  start: ObjectId | undefined,
  tip: ObjectId,
): Promise<boolean> {
  if (start === undefined) return true;
  const commits = await listBranchCommits(input, start, tip);
  return commits.some((commit) => commit.foreign);
}

/**
 * The journal knows the commits that Nexus wrote. A run that was killed may have committed without noting it, so while
 * it has not ended the trailers count too; after that, an unknown commit with our trailers was amended or rebased.
 */
function isForeign(input: Pick<ReviewInput, 'task' | 'record'>, commit: CommitInfo): boolean {
  const { record, task } = input;
  if (record?.committed.some((entry) => entry.oid === commit.oid) === true) return false;
  if (lastTrailer(commit, 'nexus-task') !== task.id) return true;
  if (record === undefined) return false;
  return record.progress.kind === 'ended' || lastTrailer(commit, 'nexus-run') !== record.started.run;
}

function lastTrailer(commit: CommitInfo, key: string): string | undefined {
  return commit.trailers.get(key)?.at(-1);
}

/** The commit itself if it is there; undefined for one that git has cleaned away. */
export async function existingCommit(
  repository: Repository,
  commit: ObjectId | undefined,
): Promise<ObjectId | undefined> {
  return commit === undefined ? undefined : repository.resolveCommit(commit);
}
