import { setTimeout as wait } from 'node:timers/promises';
import { withWatch } from './watching.mjs';

const SECONDS = 30;
/** What follows the work of a task: connections that end, and memory that is given back after 20 s, which V8 goes on with. */
const CALM_MS = 40_000;

/** What a watch takes that has done a task, so that everything is loaded, and has nothing to do now. */
export function benchIdle() {
  return withWatch(async ({ pid, readProcessUsage }) => {
    await wait(CALM_MS);
    const before = readProcessUsage(pid);
    const from = performance.now();
    await wait(SECONDS * 1000);
    const after = readProcessUsage(pid);
    const used = (after.cpuMs - before.cpuMs) / (performance.now() - from);
    return { corePercent: 100 * used, memoryMB: after.memoryBytes / 1e6, seconds: SECONDS };
  });
}
