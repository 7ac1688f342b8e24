import { comparePairs, run } from './measure.mjs';
import { SETTLE_MS, withWatch } from './watching.mjs';

/** From the moment at which a new task has settled until its first request reaches the model server. */
export function benchWatchStart(rounds) {
  return withWatch(async ({ setTasks, idleWith, asked }) => {
    let tasks = 1;
    const start = async () => {
      const came = asked.next();
      tasks += 1;
      setTasks(tasks);
      const settledAt = performance.now() + SETTLE_MS;
      const ms = (await came) - settledAt;
      await idleWith(tasks);
      return ms;
    };
    return comparePairs(rounds, start, () => run(process.execPath, ['-e', '0']));
  });
}
