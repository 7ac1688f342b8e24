import { comparePairs, run } from './measure.mjs';
import { withWatch } from './watching.mjs';

/** Tasks of one round. */
const TASKS = 4;

/**
 * What a run takes for each request to a server that answers at once: from the first request of a few tasks until they
 * are done, with everything that stands between two requests (git, journals, the worktree of the check and the check).
 */
export function benchRequest(rounds) {
  return withWatch(async ({ setTasks, idleWith, asked }) => {
    let tasks = 1;
    const work = async () => {
      const before = asked.count;
      const first = asked.next();
      tasks += TASKS;
      setTasks(tasks);
      const startedAt = await first;
      await idleWith(tasks);
      return (performance.now() - startedAt) / (asked.count - before);
    };
    return comparePairs(rounds, work, () => run(process.execPath, ['-e', '0']));
  });
}
