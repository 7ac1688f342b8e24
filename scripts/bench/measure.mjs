import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The middle one; of an even number the mean of the two. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs two things in turn, `rounds` times, and compares them: the median of the ratios of neighbours. What else the
 * machine does then strikes both alike. Times in ms; a thing that returns a number has measured itself. One round before
 * them fills the caches and is not counted.
 */
export async function comparePairs(rounds, subject, baseline) {
  const pairs = [];
  for (let round = -1; round < rounds; round += 1) {
    const first = await time(subject, round);
    const second = await time(baseline, round);
    if (round >= 0) pairs.push([first, second]);
  }
  return {
    ms: median(pairs.map(([first]) => first)),
    baselineMs: median(pairs.map(([, second]) => second)),
    ratio: median(pairs.map(([first, second]) => first / second)),
    rounds,
  };
}

async function time(work, round) {
  const start = performance.now();
  const own = await work(round);
  return typeof own === 'number' ? own : performance.now() - start;
}

/** A folder that is gone when `work` is done. */
export async function inTemporaryFolder(work) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-bench-')));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Standard output of a program; throws with its standard error when it fails. */
export function run(file, args, options = {}) {
  const done = spawnSync(file, args, { maxBuffer: 1 << 28, ...options });
  if (done.status === 0) return done.stdout.toString();
  throw done.error ?? new Error(`${file} ${args.join(' ')}: ${done.stderr.toString()}`);
}

/** git without the configuration of this machine. */
export function git(folder, args, options = {}) {
  return run('git', args, {
    cwd: folder,
    ...options,
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
      GIT_CONFIG_GLOBAL: join(folder, 'no-such-file'),
      GIT_CONFIG_NOSYSTEM: '1',
      ...options.env,
    },
  });
}
