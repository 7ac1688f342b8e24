import type { ObjectId, Repository } from '../repository/repository.js';

/**
 * What a person decided about a task. It is kept as a ref, so that it outlives the journal:
 * `refs/nexus/decisions/<task>/<verb>-<hash of the task's meaning>` → the tip that was decided on. What the person
 * said about it is a blob under `refs/nexus/decisions/<task>/message-<hash>`.
 */
export interface Decision {
  task: string;
  /** `merged`: nobody told Nexus, but the base held the tip. It counts as long as it does. */
  verb: 'accepted' | 'rejected' | 'merged';
  taskHash: string;
  tip: ObjectId;
}

/** Below this are the refs of all decisions. */
export const DECISIONS = 'refs/nexus/decisions/';

export async function readDecisions(repository: Repository): Promise<Decision[]> {
  return decisionsAmong(await repository.refs(DECISIONS));
}

/** The decisions that these refs, listed with others, stand for. */
export function decisionsAmong(refs: ReadonlyMap<string, ObjectId>): Decision[] {
  return [...refs].flatMap(([ref, tip]) => {
    const match = /^([^/]+)\/([a-z]+)-([0-9a-f]+)$/.exec(ref.slice(DECISIONS.length));
    const [, task, verb = '', taskHash] = match ?? [];
    if (task === undefined || taskHash === undefined || !isVerb(verb)) return [];
    return [{ task, verb, taskHash, tip }];
  });
}

function isVerb(text: string): text is Decision['verb'] {
  return text === 'accepted' || text === 'rejected' || text === 'merged';
}

/** Records a decision and what was said about it; the opposite one about the same text is withdrawn. */
export async function writeDecision(
  repository: Repository,
  decision: Decision,
  message?: string,
): Promise<void> {
  const other = decision.verb === 'accepted' ? 'rejected' : 'accepted';
  if (message !== undefined) {
    await repository.writeRef(refOf(decision, 'message'), await repository.writeBlob(Buffer.from(message)));
  }
  await repository.writeRef(refOf(decision, decision.verb), decision.tip);
  await repository.deleteRef(refOf(decision, other));
  if (message === undefined) await repository.deleteRef(refOf(decision, 'message'));
}

/** Keeps in mind that a branch was merged without Nexus. */
export async function writeMerged(
  repository: Repository,
  decision: Decision & { verb: 'merged' },
): Promise<void> {
  await repository.writeRef(refOf(decision, decision.verb), decision.tip);
}

/** What was said when this text of the task was decided on; undefined when nothing was. */
export async function readDecisionMessage(
  repository: Repository,
  decision: Pick<Decision, 'task' | 'taskHash'>,
): Promise<string | undefined> {
  const ref = refOf(decision, 'message');
  const blob = (await repository.refs(`${DECISIONS}${decision.task}/`)).get(ref);
  return blob === undefined ? undefined : (await repository.readBlob(blob)).toString('utf8');
}

/** Forgets what was decided about a task. */
export async function clearDecisions(repository: Repository, task: string): Promise<void> {
  const refs = await repository.refs(`${DECISIONS}${task}/`);
  for (const ref of refs.keys()) await repository.deleteRef(ref);
}

function refOf(decision: Pick<Decision, 'task' | 'taskHash'>, kind: Decision['verb'] | 'message'): string {
  return `${DECISIONS}${decision.task}/${kind}-${decision.taskHash}`;
}
