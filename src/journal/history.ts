import { hasCode } from '../errors.js';
import type { ObjectId, Repository } from '../repository/repository.js';

const PREFIX = 'refs/nexus/history/';

/** An earlier tip of a task's branch that was put aside: `refs/nexus/history/<task>/<number>`. */
export interface KeptTip {
  ref: string;
  /** Counts from 1, oldest first. */
  number: number;
  tip: ObjectId;
}

/** What was put aside for a task, oldest first. */
export async function readHistory(repository: Repository, taskId: string): Promise<KeptTip[]> {
  const prefix = `${PREFIX}${taskId}/`;
  const refs = await repository.refs(prefix);
  return [...refs]
    .flatMap(([ref, tip]) => {
      const name = ref.slice(prefix.length);
      return /^[1-9]\d*$/.test(name) ? [{ ref, number: Number(name), tip }] : [];
    })
    .sort((a, b) => a.number - b.number);
}

/**
 * Puts a tip under a ref of its own, so that nothing is lost when its branch goes or starts anew. A tip that is kept
 * already keeps the ref that it has; no ref is ever overwritten.
 */
export async function keepInHistory(repository: Repository, taskId: string, tip: ObjectId): Promise<KeptTip> {
  for (;;) {
    const kept = await readHistory(repository, taskId);
    const last = kept.at(-1);
    const same = kept.find((entry) => entry.tip === tip);
    if (same !== undefined) return same;
    const number = (last?.number ?? 0) + 1;
    const ref = `${PREFIX}${taskId}/${number}`;
    try {
      // All zeros: the ref must not exist yet (git-update-ref(1)).
      await repository.writeRef(ref, tip, '0'.repeat(tip.length));
      return { ref, number, tip };
    } catch (error) {
      const taken = hasCode(error, 'branch-moved') && (await repository.refs(ref)).has(ref);
      if (!taken) throw error;
    }
  }
}
