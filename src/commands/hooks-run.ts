import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { assertApproved } from '../engine/approval.js';
import type { EventSink } from '../engine/events.js';
import { executeRun, planRun } from '../engine/run.js';
import { handOver } from '../engine/worker/hand-over.js';
import { readWorker } from '../engine/worker/state.js';
import { wakeWorker } from '../engine/worker/wake-worker.js';
import { openWorkspace, type Workspace } from '../engine/workspace.js';
import { EXIT, hasCode, messageOf, NexusError, type ExitCode } from '../errors.js';
import { startDetached } from '../platform/start-detached.js';
import { scrubEnvironment } from '../repository/environment.js';
import { hookLogPath, isHookEvent, type HookEvent } from '../repository/hooks/hooks.js';
import { openAnswers } from './answers.js';
import type { CommandContext } from './context.js';
import { boundHookLog, renderTrigger } from './hook-log.js';
import { OWN_CLI } from './hooks.js';
import { withReporter } from './with-reporter.js';

/** A run that comes too late tells the one that was faster; that one may just have ended. */
const MOST_TRIES = 5;

export interface HookCall {
  hook: string;
  /** git's folder of the work tree that the hook ran in. */
  gitDir: string;
  /** In a session of its own already. */
  detached: boolean;
}

/**
 * `nexus hooks run`: what the script of the hooks starts once tasks.yml has changed, with the log as its output. Leaves
 * the session of the user's terminal first, and git's environment behind.
 */
export async function runHook(context: CommandContext, call: HookCall): Promise<ExitCode> {
  const { hook, gitDir, detached } = call;
  if (!isHookEvent(hook)) throw noSuchHook(hook);
  if (detached) return actOnHook(context, hook, gitDir);
  // Whatever the run starts, down to a commit in somebody's test, must start no run.
  const env = { ...scrubEnvironment(process.env), NEXUS_OVERSEER: '0' };
  const args = [OWN_CLI, 'hooks', 'run', hook, gitDir, '--detached'];
  await startDetached(process.execPath, args, { cwd: context.cwd, env });
  return EXIT.ok;
}

async function actOnHook(context: CommandContext, hook: HookEvent, gitDir: string): Promise<ExitCode> {
  const tell = (what: string): void =>
    context.terminal.out(renderTrigger({ at: new Date().toISOString(), hook, what }));
  try {
    const workspace = await openWorkspace(context.cwd);
    await boundHookLog(hookLogPath(workspace.repository.commonDir)).catch(() => undefined);
    const reason = await reasonNotTo(workspace, hook, gitDir);
    if (reason !== undefined) tell(`nothing to do: ${reason}`);
    else await runOrTell(context, workspace, tell);
    return EXIT.ok;
  } catch (error) {
    // All of it follows from the catch-all; this line is what `nexus hooks status` shows.
    tell(`stopped: ${describeStop(error)}`);
    throw error;
  }
}

/** Two commits in a row may both find nobody at work; then one of their runs is too late, and tells the other. */
async function runOrTell(
  context: CommandContext,
  workspace: Workspace,
  tell: (what: string) => void,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    if (await isTaken(context, workspace)) return tell('told the Nexus that works here already');
    try {
      return await startRun(context, workspace, tell);
    } catch (error) {
      if (!hasCode(error, 'busy') || tries === MOST_TRIES) throw error;
    }
  }
}

/** Whether another Nexus works here and has taken over what is ready. */
async function isTaken({ signal }: CommandContext, { root, repository }: Workspace): Promise<boolean> {
  const { commonDir } = repository;
  const worker = await readWorker(commonDir);
  // A watch takes tasks.yml up itself, once it has settled: the user may go on writing after the commit.
  if (worker?.mode === 'watch' && worker.root === root && (await wakeWorker(commonDir))) return true;
  const answer = await handOver(
    commonDir,
    { kind: 'run', root, tasks: undefined, anyway: false, anew: false, planOnly: false, cache: true },
    { sink: () => undefined, signal, detach: true },
  );
  return answer.kind !== 'free';
}

/** @throws NexusError `busy` when another one was faster */
async function startRun(
  context: CommandContext,
  workspace: Workspace,
  tell: (what: string) => void,
): Promise<void> {
  const { signal, abort } = context;
  const plan = await planRun(workspace, {});
  if (plan.ready.length === 0) return tell('nothing to do: no task is ready');
  await assertApproved(workspace);
  const ready = plan.ready.map(({ task }) => task.id);
  await withReporter(context, async (show) => {
    let isTold = false;
    const sink: EventSink = (event) => {
      // The first event: from here on the repository is ours.
      if (!isTold) tell(`starts ${ready.join(', ')}`);
      isTold = true;
      show(event);
    };
    return executeRun(workspace, plan, {
      mode: 'hook',
      planOnly: false,
      request: {},
      cache: openAnswers(),
      sink,
      signal,
      abort,
    });
  });
}

/** Why this hook must start nothing, although tasks.yml changed. */
async function reasonNotTo(
  { repository, config }: Workspace,
  hook: HookEvent,
  gitDir: string,
): Promise<string | undefined> {
  if ((await realOf(gitDir)) !== (await realOf(repository.gitDir))) {
    // `git --git-dir=… --work-tree=…`: the folder alone leads to another repository.
    return `git worked with ${gitDir}, but ${repository.root} belongs to ${repository.gitDir}`;
  }
  const branch = await repository.currentBranch();
  if (branch?.startsWith(config.branch_prefix) === true) return `${branch} is a branch of Nexus's own`;
  // Merges and checkouts are never Nexus's: there the last commit may be an accepted one, and what came with it counts.
  if (hook === 'post-commit' && (await isOwnCommit(repository))) return "the commit is one of Nexus's own";
  return undefined;
}

async function isOwnCommit(repository: Workspace['repository']): Promise<boolean> {
  const [tip, parent] = await Promise.all(['HEAD', 'HEAD^'].map((rev) => repository.resolveCommit(rev)));
  if (tip === undefined || parent === undefined) return false;
  const commit = (await repository.log(parent, tip)).at(-1);
  return commit !== undefined && [...commit.trailers.keys()].some((key) => key.startsWith('nexus-'));
}

/** On one line; a list that the message begins is left out, what to do about it is not. */
function describeStop(error: unknown): string {
  const line = (messageOf(error).split('\n', 1)[0] ?? '').replace(/:$/, '.');
  const remedy = error instanceof NexusError ? error.remedy : undefined;
  return [line, ...(remedy === undefined ? [] : [remedy.replaceAll('\n', ' ')])].join(' ');
}

async function realOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

function noSuchHook(hook: string): NexusError {
  return new NexusError({
    code: 'usage',
    message: `Nexus has no hook ${hook}.`,
    remedy: 'nexus hooks --help',
    exitCode: EXIT.usage,
  });
}
