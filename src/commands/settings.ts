import { CONFIG_FILE, loadConfig } from '../config/load.js';
import { parseConfig } from '../config/parse-config.js';
import type { Config } from '../config/schema.js';
import {
  describeTrusted,
  isCovered,
  renderTrustedItem,
  type TaskCommands,
  type TrustedItem,
} from '../config/trust.js';
import { approve, diffAgainstApproved } from '../config/trust-store.js';
import { OVERRIDES_FOLDER } from '../config/templates.js';
import { EXIT, hasCode, NexusError } from '../errors.js';
import type { Workspace } from '../engine/workspace.js';
import { openRepository } from '../repository/open.js';
import type { CommandContext } from './context.js';

/** What of a checkout may act, and where the user's agreement to it is kept. */
export interface Trustable {
  commonDir: string;
  config: Config;
  /** File name → text, as `loadTemplates` gives them. */
  overrides: ReadonlyMap<string, string>;
  tasks: readonly TaskCommands[];
}

export async function readTrustable({ repository, config, tasks, templates }: Workspace): Promise<Trustable> {
  return { commonDir: repository.commonDir, config, overrides: (await templates()).overrides, tasks };
}

/** Everything that needs the user's agreement. */
export function listTrusted({ config, overrides, tasks }: Trustable): TrustedItem[] {
  const templates = new Map([...overrides].map(([name, text]) => [`${OVERRIDES_FOLDER}/${name}`, text]));
  return describeTrusted(config, templates, tasks);
}

/**
 * Makes sure that the user agreed to what is about to act: a person at a terminal is asked, anybody else is told.
 * @throws NexusError `not-approved`
 */
export async function requireTrust(context: CommandContext, workspace: Workspace): Promise<void> {
  const trustable = await readTrustable(workspace);
  const items = listTrusted(trustable);
  const difference = await diffAgainstApproved(trustable.commonDir, items);
  if (isCovered(difference)) return;
  const fresh = [...difference.added, ...difference.changed.map(({ after }) => after)];
  const { terminal, json, signal } = context;
  if (json || !terminal.interactive) throw notApproved(fresh);
  terminal.out('This checkout wants to use the following, to which you have not agreed yet:');
  for (const item of fresh) terminal.out(`  ${renderTrustedItem(item)}`);
  const answer = await terminal.ask('Agree? [y/N] ', signal);
  if (!/^y(es)?$/iu.test(answer?.trim() ?? '')) throw notApproved(fresh);
  await approve(trustable.commonDir, items);
}

/**
 * Makes sure that the user agreed to the model servers of a configuration; nobody is asked, since an answer would have
 * to cover the commands too, which are not shown here.
 * @throws NexusError `not-approved`
 */
export async function requireTrustedServers(commonDir: string, config: Config): Promise<void> {
  const servers = describeTrusted({ ...config, checks: [], setup: [], fix: [], link: undefined }, new Map());
  const { added, changed } = await diffAgainstApproved(commonDir, servers);
  const fresh = [...added, ...changed.map(({ after }) => after)];
  if (fresh.length > 0) throw notApproved(fresh);
}

function notApproved(items: readonly TrustedItem[]): NexusError {
  return new NexusError({
    code: 'not-approved',
    message: `You have not agreed yet to what this checkout wants to use:\n${items
      .map((item) => `  ${renderTrustedItem(item)}`)
      .join('\n')}`,
    remedy: 'Look at it and agree with: nexus trust',
    exitCode: EXIT.config,
  });
}

/** The configuration around `cwd`; outside a repository the defaults, since a server can be asked from anywhere. */
export async function loadSettings(
  cwd: string,
): Promise<{ config: Config; commonDir: string | undefined; source: string }> {
  try {
    const { root, commonDir } = await openRepository(cwd);
    return { config: await loadConfig(root), commonDir, source: CONFIG_FILE };
  } catch (error) {
    if (!hasCode(error, 'not-a-repository')) throw error;
    return { config: parseConfig('').config, commonDir: undefined, source: 'defaults' };
  }
}
