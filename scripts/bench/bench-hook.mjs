import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CLI } from './bench-start.mjs';
import { comparePairs, git, inTemporaryFolder, run } from './measure.mjs';

/** Like those of a person: in CI, or where Nexus itself runs the benches, the hooks would do nothing. */
const AWAKE = { CI: '', NEXUS_OVERSEER: '', NEXUS_OVERSEER_CHECK: '' };

/** What the hooks add to a commit that does not change tasks.yml. */
export function benchQuietHook(rounds) {
  return benchHook(rounds, 'other.txt');
}

/** What they add to one that does: what they start in the background is not waited for. */
export function benchFiringHook(rounds) {
  return benchHook(rounds, 'tasks.yml');
}

/** A commit with the hooks less the same commit without them, in two repositories in turn. */
function benchHook(rounds, path) {
  return inTemporaryFolder(async (folder) => {
    const env = { ...AWAKE, NEXUS_CONFIG_HOME: join(folder, 'home') };
    const [hooked, plain] = ['hooked', 'plain'].map((name) => createRepository(join(folder, name)));
    run(process.execPath, [CLI, 'hooks', 'install'], { cwd: hooked, env: { ...process.env, ...env } });
    const log = join(hooked, '.git/nexus/hook.log');
    let fired = 0;
    const commit = (repository, round) => {
      writeFileSync(join(repository, path), `tasks: [] # ${round}\n`);
      const start = performance.now();
      git(repository, ['commit', '--quiet', '-m', 'Bench', path], { env });
      return performance.now() - start;
    };
    const difference = async (round) => {
      const plainFirst = round % 2 === 0 ? commit(plain, round) : 0;
      const withHooks = commit(hooked, round);
      if (path === 'tasks.yml') {
        fired += 1;
        await ended(log, fired);
      }
      return withHooks - (plainFirst || commit(plain, round));
    };
    const result = await comparePairs(rounds, difference, () => run(process.execPath, ['-e', '0']));
    // A measurement of hooks that do something else would be worth nothing.
    if (existsSync(log) !== (path === 'tasks.yml')) throw new Error(`${log} is not as it should be`);
    return result;
  });
}

function createRepository(folder) {
  mkdirSync(folder);
  git(folder, ['init', '--quiet', '--initial-branch=main']);
  git(folder, ['config', 'user.name', 'Bench']);
  git(folder, ['config', 'user.email', 'bench@example.com']);
  writeFileSync(join(folder, '.nexus.yml'), '');
  for (const path of ['tasks.yml', 'other.txt']) writeFileSync(join(folder, path), 'tasks: []\n');
  git(folder, ['add', '--all']);
  git(folder, ['commit', '--quiet', '-m', 'First']);
  return folder;
}

/** Waits for what the hooks have started, so that it does not slow the next commit. */
async function ended(log, times) {
  for (let waited = 0; waited < 30_000; waited += 20) {
    if (readFileSync(log, 'utf8').split('no task is ready').length > times) return;
    await wait(20);
  }
  throw new Error(`what the hooks started has not ended: ${readFileSync(log, 'utf8')}`);
}
