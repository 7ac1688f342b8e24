import { CONFIG_FILE, loadConfig } from '../config/load.js';
import { parseConfig } from '../config/parse-config.js';
import type { Config } from '../config/schema.js';
import { describeTrusted, renderTrustedItem } from '../config/trust.js';
import { approve } from '../config/trust-store.js';
import { listTrusted, listUnapproved, notApproved, readTrustable } from '../engine/approval.js';
import type { Workspace } from '../engine/workspace.js';
import { hasCode } from '../errors.js';
import { openRepository } from '../repository/open.js';
import type { CommandContext } from './context.js';

/**
 * Makes sure that the user agreed to what is about to act: a person at a terminal is asked, anybody else is told.
 * @throws NexusError `not-approved`
 */
export async function requireTrust(context: CommandContext, workspace: Workspace): Promise<void> {
  const trustable = await readTrustable(workspace);
  const items = listTrusted(trustable);
  const fresh = await listUnapproved(trustable.commonDir, items);
  if (fresh.length === 0) return;
  const { terminal, json, signal } = context;
  if (json || !terminal.interactive) throw notApproved(fresh);
  terminal.out('This checkout wants to use the following, to which you have not agreed yet:');
  for (const item of fresh) terminal.out(`  ${renderTrustedItem(item)}`);
  const answer = await terminal.ask('Agree? [y/N] ', signal);
  if (!/^y(es)?$/iu.test(answer?.trim() ?? '')) throw notApproved(fresh);
  await approve(trustable.commonDir, items);
}

/**
 * Makes sure that the user agreed to the model servers of a configuration, and to the prompts that are sent there; nobody
 * is asked, since an answer would have to cover the commands too, which are not shown here.
 * @throws NexusError `not-approved`
 */
export async function requireTrustedServers(
  commonDir: string,
  config: Config,
  prompts: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const servers = describeTrusted({ ...config, checks: [], setup: [], fix: [], link: undefined }, prompts);
  const fresh = await listUnapproved(commonDir, servers);
  if (fresh.length > 0) throw notApproved(fresh);
}

/** The configuration around `cwd`; outside a repository the defaults, since a server can be asked from anywhere. */
export async function loadSettings(
  cwd: string,
): Promise<{ config: Config; folder: string; commonDir: string | undefined; source: string }> {
  try {
    const { root, commonDir } = await openRepository(cwd);
    return { config: await loadConfig(root), folder: root, commonDir, source: CONFIG_FILE };
  } catch (error) {
    if (!hasCode(error, 'not-a-repository')) throw error;
    return { config: parseConfig('').config, folder: cwd, commonDir: undefined, source: 'defaults' };
  }
}
