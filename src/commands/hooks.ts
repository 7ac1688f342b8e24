import { PACKAGE_ROOT } from '../package-root.js';
import { fileURLToPath } from 'node:url';
import { EXIT, type ExitCode } from '../errors.js';
import { createStyle } from '../report/style.js';
import {
  applyHookPlan,
  DEFAULT_EVENTS,
  describeHooks,
  hookLogPath,
  loadHookScript,
  planInstall,
  planUninstall,
  readHookSite,
  type HookEvent,
  type HookPlan,
  type HookSite,
  type HooksStatus,
} from '../repository/hooks/hooks.js';
import { openRepository } from '../repository/open.js';
import type { Repository } from '../repository/repository.js';
import { printAnswer, type CommandContext } from './context.js';
import { readLastTrigger } from './hook-log.js';
import { planDocument, renderPlan, renderStatus, statusDocument } from './hooks-view.js';
import type { Flags } from './register.js';

/** `nexus hooks install`: a commit or merge that changes tasks.yml starts a run from now on. */
export async function installHooks(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const events: HookEvent[] = [
    ...DEFAULT_EVENTS,
    ...(flags.postCheckout === true ? ['post-checkout' as const] : []),
  ];
  const script = await loadOwnScript();
  return change(context, flags, (site) => planInstall(site, { events, script }));
}

/** `nexus hooks uninstall`: takes it away again; every other byte stays. */
export async function uninstallHooks(context: CommandContext, flags: Flags): Promise<ExitCode> {
  return change(context, flags, planUninstall);
}

async function change(
  context: CommandContext,
  flags: Flags,
  plan: (site: HookSite) => HookPlan,
): Promise<ExitCode> {
  const repository = await openRepository(context.cwd);
  const site = await readHookSite(repository);
  const planned = plan(site);
  const dryRun = flags.dryRun === true;
  if (!dryRun) await applyHookPlan(repository.root, planned);
  await printAnswer(context, planDocument(planned, dryRun), () =>
    renderPlan(planned, site, dryRun, createStyle(context.terminal.colours)),
  );
  // A line that a person has to write is work that is left.
  return planned.byHand.some(({ lines }) => lines.length > 0) ? EXIT.attention : EXIT.ok;
}

/** `nexus hooks status`: what of ours is there, and whether it works. */
export async function showHooks(context: CommandContext): Promise<ExitCode> {
  const repository = await openRepository(context.cwd);
  const { site, status } = await readHooks(repository);
  const last = await readLastTrigger(hookLogPath(repository.commonDir));
  await printAnswer(context, statusDocument(site, status, last), () =>
    renderStatus(site, status, last, createStyle(context.terminal.colours)),
  );
  const broken = status.problem !== undefined || status.hooks.some(({ problem }) => problem !== undefined);
  return broken ? EXIT.attention : EXIT.ok;
}

/** The hooks of a repository, for `status` and `doctor`. */
export async function readHooks(repository: Repository): Promise<{ site: HookSite; status: HooksStatus }> {
  const [site, script] = await Promise.all([readHookSite(repository), loadOwnScript()]);
  return { site, status: describeHooks(site, script) };
}

/** The script as this Node and this installation of Nexus write it. */
async function loadOwnScript(): Promise<string> {
  return loadHookScript({ node: process.execPath, cli: OWN_CLI });
}

/** The command line that this belongs to. */
export const OWN_CLI = fileURLToPath(new URL('dist/cli.js', PACKAGE_ROOT));
