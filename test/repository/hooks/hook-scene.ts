import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  applyHookPlan,
  loadHookScript,
  planInstall,
  planUninstall,
  readHookSite,
  type HookEvent,
  type HookSite,
} from '../../../src/repository/hooks/hooks.js';
import type { GitVersion } from '../../../src/repository/version.js';
import {
  createTempRepository,
  runGit,
  type GitOptions,
  type TempRepository,
  type TempRepositoryOptions,
} from '../../support/temp-repository.js';
import { waitUntil } from '../../support/wait-until.js';

/** These tests may themselves run in CI, or as a check of Nexus's: there the hooks would do nothing. */
export const AWAKE = { CI: '', NEXUS_OVERSEER: '', NEXUS_OVERSEER_CHECK: '' };

/** Decide as a git without hooks in its configuration, whatever is installed. */
export const OLD_GIT: GitVersion = [2, 53];
export const NEW_GIT: GitVersion = [2, 54];

export const ALL: readonly HookEvent[] = ['post-commit', 'post-merge', 'post-checkout'];

export interface HookScene {
  readonly repository: TempRepository;
  readonly commonDir: string;
  /** What the hooks start: a shell script instead of Nexus, which notes how it was called. */
  readonly recorder: string;
  /** git as a person runs it, with the hooks awake. */
  git(args: readonly string[], options?: GitOptions): string;
  site(version?: GitVersion, root?: string): Promise<HookSite>;
  install(options?: {
    events?: readonly HookEvent[];
    version?: GitVersion;
    root?: string;
  }): Promise<HookSite>;
  uninstall(version?: GitVersion): Promise<void>;
  script(): Promise<string>;
  /** Whether a hook started something meanwhile: the script opens its log before it starts anything. */
  fires(work: () => void): boolean;
  /** What the recorder was called with, once it was: its folder, arguments and variables. */
  recorded(): Promise<{ folder: string; args: string[]; env: Record<string, string> }>;
}

/** A real repository with our hooks, which start a recorder. */
export function setHookScene(options: TempRepositoryOptions = {}): HookScene {
  const repository = createTempRepository(options);
  onTestFinished(async () =>
    waitUntil(
      () => isRemoved(repository.folder),
      () => `${repository.folder} to go`,
    ),
  );
  return hookSceneIn(repository);
}

function hookSceneIn(repository: TempRepository): HookScene {
  const commonDir = join(repository.path, '.git');
  const recorder = join(repository.folder, "it's the recorder.sh");
  const notes = join(repository.folder, 'recorded');
  const log = join(commonDir, 'nexus', 'hook.log');
  writeFileSync(recorder, `{ pwd; echo "$*"; env; } >'${notes}.new'\nmv '${notes}.new' '${notes}'\n`);
  const script = async (): Promise<string> => loadHookScript({ node: '/bin/sh', cli: recorder });
  const site: HookScene['site'] = async (version = OLD_GIT, root = repository.path) =>
    readHookSite({ root, commonDir }, { version });
  return {
    repository,
    commonDir,
    recorder,
    script,
    site,
    git: (args, { cwd = '.', env, ...rest } = {}) =>
      runGit(join(repository.path, cwd), args, { ...rest, env: { ...AWAKE, ...env } }),
    async install({ events = ALL, version, root } = {}) {
      const found = await site(version, root);
      await applyHookPlan(repository.path, planInstall(found, { events, script: await script() }));
      return site(version, root);
    },
    async uninstall(version) {
      await applyHookPlan(repository.path, planUninstall(await site(version)));
    },
    fires(work) {
      rmSync(log, { force: true });
      work();
      return existsSync(log);
    },
    async recorded() {
      await waitUntil(
        () => existsSync(notes),
        () => 'the recorder',
      );
      const [folder = '', args = '', ...env] = readFileSync(notes, 'utf8').trim().split('\n');
      rmSync(notes);
      const pairs = env.map((line): [string, string] => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1)];
      });
      return { folder, args: args.split(' '), env: Object.fromEntries(pairs) };
    },
  };
}

/** What a hook has started may be writing its notes just now, into a folder that is being removed. */
function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}
