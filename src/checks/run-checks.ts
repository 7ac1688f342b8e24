import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';

import type { CheckConfig } from '../config/schema.js';
import type { Platform } from '../platform.js';
import type { ObjectId, Repository, ThrowawayWorktree } from '../repository/repository.js';
import { assertSpaceLeft } from '../repository/write-failures.js';
import type { CheckReport, CheckResult } from './check.js';
import { checkEnvironment } from './check-environment.js';
import { checkName } from './check-name.js';
import { commitFixes, type FixRepository } from './commit-fixes.js';
import { isInside } from './is-inside.js';
import { linkDependencies } from './link-dependencies.js';
import { activePythonLeaks, type PythonLeak } from './python-leaks.js';
import { runCommand } from './run-command.js';
import { withRelativePaths } from './trim-output.js';

/** What a command is run for. */
export type CheckStage = 'setup' | 'fix' | 'check';

export type CheckEvent =
  /** The worktree is being made and its dependencies provided. */
  | { type: 'worktree-preparing' }
  /** `index` counts from 1. */
  | {
      type: 'command-started';
      stage: CheckStage;
      name: string;
      command: string;
      index: number;
      total: number;
    }
  | { type: 'command-finished'; stage: CheckStage; result: CheckResult };

/** What checks need of a repository. */
export type CheckRepository = Pick<
  Repository,
  'root' | 'addThrowawayWorktree' | 'treeOf' | 'listFiles' | 'ignored'
> &
  FixRepository;

export interface CheckInput {
  repository: CheckRepository;
  commit: ObjectId;
  checks: readonly CheckConfig[];
  setup: readonly CheckConfig[];
  fix?: readonly CheckConfig[];
  /** `link` of the configuration; undefined: the usual folders, if no `setup` is given. */
  link: readonly string[] | undefined;
  /** Characters kept of one command's output. */
  limits: { output: number };
  onEvent?: (event: CheckEvent) => void;
  signal: AbortSignal;
  platform?: Platform;
  /** Default: that of this process. */
  environment?: NodeJS.ProcessEnv;
}

export interface Fixes {
  results: CheckResult[];
  /** The commit that holds what the commands changed; undefined if they changed nothing. */
  commit: ObjectId | undefined;
}

/** One throw-away worktree of one commit, made ready by `setup` or by links. */
export interface CheckSession {
  readonly worktree: ThrowawayWorktree;
  /** The `setup` command that failed; nothing else runs then. */
  readonly setupFailed: CheckResult | undefined;
  /**
   * Runs the `fix` commands and commits what they changed on top of the session's commit, without what `setup` had
   * changed before. Checks that run afterwards in this session see, and report on, that commit's tree. A fix that fails
   * is in `results`; what it changed counts all the same, the checks decide.
   */
  runFixes(message: string): Promise<Fixes>;
  /** Runs the checks, or those of these names, in their order. */
  runChecks(only?: readonly string[]): Promise<CheckReport>;
}

/**
 * Makes a worktree of `commit`, provides dependencies, and disposes of it when `use` is done or throws.
 * @throws NexusError `setup-required` and `link-invalid` (see `linkDependencies`); `disk-full` when a command fails in a
 *   temporary folder that is full; the signal's reason when aborted
 */
export async function withCheckWorktree<T>(
  input: CheckInput,
  use: (session: CheckSession) => Promise<T>,
): Promise<T> {
  input.signal.throwIfAborted();
  input.onEvent?.({ type: 'worktree-preparing' });
  // While git makes the worktree.
  const looking = activePythonLeaks(input.environment ?? process.env, input.repository.root);
  const worktree = await input.repository.addThrowawayWorktree(input.commit);
  try {
    return await use(await openSession(input, worktree, await looking));
  } finally {
    await worktree.dispose();
  }
}

/** `withCheckWorktree` for the usual case: run the checks (or those in `only`) on a commit. */
export async function runChecks(input: CheckInput & { only?: readonly string[] }): Promise<CheckReport> {
  return withCheckWorktree(input, (session) => session.runChecks(input.only));
}

async function openSession(
  input: CheckInput,
  worktree: ThrowawayWorktree,
  leaks: readonly PythonLeak[],
): Promise<CheckSession> {
  const runner = createRunner(input, worktree, leaks);
  const setup = await runner('setup', input.setup, (result) => result.outcome !== 'passed');
  const setupFailed = setup.find((result) => result.outcome !== 'passed');
  // After `setup`, so that no `npm ci` or `pip install` of it can write or delete through a link.
  if (setupFailed === undefined) await linkDependencies({ ...input, worktree: worktree.path, leaks });
  let commit = input.commit;
  return {
    worktree,
    setupFailed,
    async runFixes(message) {
      const fix = input.fix ?? [];
      if (setupFailed !== undefined || fix.length === 0) return { results: [], commit: undefined };
      const run = (): Promise<CheckResult[]> => runner('fix', fix);
      const fixes = await commitFixes({
        repository: input.repository,
        worktree,
        parent: commit,
        message,
        run,
      });
      commit = fixes.commit ?? commit;
      return fixes;
    },
    async runChecks(only) {
      const tree = await input.repository.treeOf(commit);
      if (setupFailed !== undefined) return { tree, results: [], setupFailed };
      const wanted = only && new Set(only);
      const checks = input.checks.filter((check) => wanted === undefined || wanted.has(checkName(check)));
      return { tree, results: await runner('check', checks), setupFailed: undefined };
    },
  };
}

type Runner = (
  stage: CheckStage,
  commands: readonly CheckConfig[],
  isLast?: (result: CheckResult) => boolean,
) => Promise<CheckResult[]>;

/** Runs commands in order, one at a time: they share the worktree, and the machine is busy with a model. */
function createRunner(input: CheckInput, worktree: ThrowawayWorktree, leaks: readonly PythonLeak[]): Runner {
  const ambient = input.environment ?? process.env;
  const env = checkEnvironment({
    ambient,
    checkout: input.repository.root,
    worktree: worktree.path,
    without: strippable(ambient, leaks),
  });
  return async (stage, commands, isLast = () => false) => {
    const results: CheckResult[] = [];
    for (const [at, check] of commands.entries()) {
      const name = checkName(check);
      const step = { stage, name, command: check.run, index: at + 1, total: commands.length };
      input.onEvent?.({ type: 'command-started', ...step });
      const result = await runOne(check, input, worktree.path, env);
      input.onEvent?.({ type: 'command-finished', stage, result });
      // A full disk fails any command, and no change of the code would mend it.
      if (result.outcome !== 'passed') await assertSpaceLeft(worktree.path);
      results.push(result);
      if (isLast(result)) break;
    }
    return results;
  };
}

/** Only environments that were activated: those of the system hold every other tool as well. */
function strippable(env: NodeJS.ProcessEnv, leaks: readonly PythonLeak[]): string[] {
  const activated = new Set([env['VIRTUAL_ENV'], env['CONDA_PREFIX']]);
  return leaks.map((leak) => leak.prefix).filter((prefix) => activated.has(prefix));
}

async function runOne(
  check: CheckConfig,
  input: CheckInput,
  worktree: string,
  env: NodeJS.ProcessEnv,
): Promise<CheckResult> {
  const about = { name: checkName(check), command: check.run, cwd: check.cwd };
  const cwd = await resolveCwd(check.cwd, worktree);
  if (cwd.path === undefined) {
    const nothing = { exitCode: undefined, signal: undefined, durationMs: 0 };
    return { ...about, ...nothing, outcome: 'could-not-run', output: cwd.problem };
  }
  const result = await runCommand({
    command: check.run,
    cwd: cwd.path,
    env,
    timeoutMs: check.timeout * 1000,
    maxOutput: input.limits.output,
    signal: input.signal,
    ...(input.platform === undefined ? {} : { platform: input.platform }),
  });
  // The worktree's name is random: a report and a prompt made of it must be the same each time.
  const output = withRelativePaths(result.output, [worktree, await realpath(worktree)]);
  return { ...about, ...result, output };
}

type Cwd = { path: string; problem?: never } | { path?: never; problem: string };

/** Links are followed first: a tracked one may lead out of the worktree. */
async function resolveCwd(cwd: string, worktree: string): Promise<Cwd> {
  const top = await realpath(worktree);
  const lexical = path.resolve(top, cwd);
  const folder = await realpath(lexical).catch(() => undefined);
  const inside = isInside(folder ?? lexical, top) && isInside(lexical, top);
  if (!inside) return { problem: `cwd: "${cwd}" leads out of the repository.\n` };
  const isFolder = folder !== undefined && (await stat(folder)).isDirectory();
  if (!isFolder) return { problem: `cwd: there is no folder "${cwd}" in this commit.\n` };
  return { path: folder };
}
