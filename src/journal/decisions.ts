import type { ObjectId, Repository } from '../repository/repository.js';

/**
 * What a person decided about a task. It is kept as a ref, so that it outlives the journal:
 * `refs/nexus/decisions/<task>/<verb>-<hash of the task's meaning>` → the tip that was decided on.
 */
export interface Decision {
  task: string;
  verb: 'accepted' | 'rejected';
  taskHash: string;
  tip: ObjectId;
}

const PREFIX = 'refs/nexus/decisions/';

export async function readDecisions(repository: Repository): Promise<Decision[]> {
  const refs = await repository.refs(PREFIX);
  return [...refs].flatMap(([ref, tip]) => {
    const match = /^([^/]+)\/(accepted|rejected)-([0-9a-f]+)$/.exec(ref.slice(PREFIX.length));
    const [, task, verb, taskHash] = match ?? [];
    if (task === undefined || taskHash === undefined) return [];
    return [
      { task, verb: verb === 'accepted' ? ('accepted' as const) : ('rejected' as const), taskHash, tip },
    ];
  });
}

/** Records a decision; the opposite one about the same text is withdrawn. */
export async function writeDecision(repository: Repository, decision: Decision): Promise<void> {
  const other = decision.verb === 'accepted' ? 'rejected' : 'accepted';
  await repository.writeRef(refOf(decision), decision.tip);
  await repository.deleteRef(refOf({ ...decision, verb: other }));
}

/** Forgets what was decided about a task. */
export async function clearDecisions(repository: Repository, task: string): Promise<void> {
  const mine = (await readDecisions(repository)).filter((decision) => decision.task === task);
  for (const decision of mine) await repository.deleteRef(refOf(decision));
}

function refOf(decision: Pick<Decision, 'task' | 'verb' | 'taskHash'>): string {
  return `${PREFIX}${decision.task}/${decision.verb}-${decision.taskHash}`;
}
