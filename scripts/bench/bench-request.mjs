import { comparePairs, median, run } from './measure.mjs';
import { CHECK, runOnce, withProject, withWatch } from './watching.mjs';

/*
 * Nexus's own share of a run for each request, in ms: its wall time without what the checks took and what the server took
 * (from the head of a request to the last byte of its answer), divided by the requests. So with git, the worktrees of
 * the checks, the start of their shells, journals and documents. What is taken out is in `parts`, for each request.
 */

/** Tasks of one round. */
const TASKS = 4;

/** How often the check is run to know what it takes. */
const CHECK_RUNS = 20;

/**
 * A few tasks of a watch that runs already: from their first request until they are done.
 *
 * @param steps of each task, which takes a request for each, one for the plan and one for the document
 */
export function benchRequest(rounds, { steps }) {
  return withWatch(
    ({ setTasks, idleWith, asked, checks, repository }) => {
      let tasks = 1;
      return compareShares(rounds, { asked, repository }, async () => {
        const first = asked.next();
        const before = checks();
        tasks += TASKS;
        setTasks(tasks);
        const startedAt = await first;
        // The first has come, and is not answered yet.
        const served = asked.served();
        await idleWith(tasks);
        const wall = performance.now() - startedAt;
        return { wall, server: asked.served() - served, checks: checks() - before };
      });
    },
    { steps },
  );
}

/** A whole `nexus run` of as many tasks, from its start to its end: with the start of Node and all that is loaded. */
export function benchRun(rounds) {
  return withProject(async ({ setTasks, asked, repository, env }) => {
    // What the check says of the base is known then.
    await runOnce(repository, env);
    let tasks = 1;
    return compareShares(rounds, { asked, repository }, async () => {
      tasks += TASKS;
      setTasks(tasks);
      const served = asked.served();
      const startedAt = performance.now();
      const checks = await runOnce(repository, env);
      return { wall: performance.now() - startedAt, server: asked.served() - served, checks };
    });
  });
}

async function compareShares(rounds, { asked, repository }, work) {
  const parts = [];
  const measure = async () => {
    const before = asked.count;
    const { wall, server, checks } = await work();
    const per = (ms) => ms / (asked.count - before);
    const part = { wall: per(wall), checks: per(checks * timeCheck(repository)), server: per(server) };
    parts.push(part);
    return part.wall - part.checks - part.server;
  };
  const figures = await comparePairs(rounds, measure, () => run(process.execPath, ['-e', '0']));
  const [, ...counted] = parts;
  const partMs = (name) => median(counted.map((part) => part[name]));
  return { ...figures, parts: { wall: partMs('wall'), checks: partMs('checks'), server: partMs('server') } };
}

/** What the check takes in a shell that runs already, in ms: the start of a shell is not the check's. */
function timeCheck(cwd) {
  const loop = `i=0; while [ $i -lt ${CHECK_RUNS} ]; do ${CHECK} || exit 1; i=$((i + 1)); done`;
  const empty = loop.replace(CHECK, 'true');
  const time = (script) => {
    const startedAt = performance.now();
    run('sh', ['-c', script], { cwd });
    return performance.now() - startedAt;
  };
  return Math.max(0, time(loop) - time(empty)) / CHECK_RUNS;
}
