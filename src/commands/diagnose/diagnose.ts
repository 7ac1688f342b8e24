import { CONFIG_FILE, loadConfig } from '../../config/load.js';
import { parseConfig } from '../../config/parse-config.js';
import type { Config } from '../../config/schema.js';
import { loadTemplates } from '../../config/templates.js';
import { isCovered, type TaskCommands } from '../../config/trust.js';
import { diffAgainstApproved } from '../../config/trust-store.js';
import { EXIT, NexusError } from '../../errors.js';
import { openRepository } from '../../repository/open.js';
import type { Repository } from '../../repository/repository.js';
import { count } from '../../report/quantities.js';
import { loadTasks } from '../../tasks/load.js';
import { listTrusted } from '../../engine/approval.js';
import { requireTrustedServers } from '../settings.js';
import { diagnoseHooks } from './diagnose-hooks.js';
import { diagnoseModels } from './diagnose-models.js';
import { diagnoseRepository } from './diagnose-repository.js';
import { diagnoseSetup } from './diagnose-setup.js';
import { findingOf, look, type Finding } from './finding.js';

/** Everything that a run needs, looked at one by one; nothing is changed and no check is run. */
export async function diagnose(cwd: string, signal: AbortSignal): Promise<Finding[]> {
  const node: Finding = { check: 'node', level: 'ok', message: `Node ${process.versions.node}.` };
  const opened = await openRepository(cwd).catch((error: unknown) => findingOf('repository', error));
  if ('level' in opened) return [node, opened, ...(await diagnoseModels(defaults(), cwd, signal))];
  const files = await readFiles(opened);
  const { config } = files;
  const [repository, trust, setup, hooks] = await Promise.all([
    diagnoseRepository(opened, { base: config.base, branchPrefix: config.branch_prefix }),
    look('trust', async () => diagnoseTrust(opened, files)),
    look('setup', async () => diagnoseSetup(opened, config)),
    look('hooks', async () => diagnoseHooks(opened)),
  ]);
  const servers = await look('server', async () => {
    await requireTrustedServers(opened.commonDir, config);
    return diagnoseModels(config, opened.root, signal);
  });
  const checks = [...trust, diagnoseChecks(config), ...setup];
  return [node, ...repository, ...files.findings, ...checks, ...hooks, ...servers];
}

interface ReadFiles {
  config: Config;
  tasks: readonly TaskCommands[];
  overrides: ReadonlyMap<string, string>;
  findings: Finding[];
}

/** The user's files; one with mistakes counts as absent for the rest. */
async function readFiles({ root }: Repository): Promise<ReadFiles> {
  const files: ReadFiles = { config: defaults(), tasks: [], overrides: new Map(), findings: [] };
  const groups = await Promise.all([
    look('config', async () => {
      files.config = await loadConfig(root);
      return [{ check: 'config', level: 'ok', message: `${CONFIG_FILE} is valid.` }];
    }),
    look('tasks', async () => {
      const { tasks } = await loadTasks(root);
      files.tasks = tasks;
      return [
        { check: 'tasks', level: 'ok', message: `tasks.yml is valid: ${count(tasks.length, 'task')}.` },
      ];
    }),
    look('templates', async () => {
      files.overrides = (await loadTemplates(root)).overrides;
      const { size } = files.overrides;
      return size === 0
        ? []
        : [{ check: 'templates', level: 'ok', message: `${count(size, 'prompt')} of your own.` }];
    }),
  ]);
  files.findings.push(...groups.flat());
  return files;
}

async function diagnoseTrust({ commonDir }: Repository, files: ReadFiles): Promise<Finding[]> {
  const difference = await diffAgainstApproved(commonDir, listTrusted({ commonDir, ...files }));
  if (isCovered(difference))
    return [{ check: 'trust', level: 'ok', message: 'You agreed to what may be run.' }];
  const fresh = difference.added.length + difference.changed.length;
  throw new NexusError({
    code: 'not-approved',
    message: `You have not agreed yet to ${count(fresh, 'thing')} that this checkout wants to use.`,
    remedy: 'nexus trust',
    exitCode: EXIT.config,
  });
}

function diagnoseChecks({ checks }: Config): Finding {
  if (checks.length > 0) {
    const names = checks.map(({ name, run }) => name ?? run).join(', ');
    return { check: 'checks', level: 'ok', message: `A branch must pass: ${names}.` };
  }
  return {
    check: 'checks',
    level: 'warn',
    message: 'No check is configured, so no branch can be called ready unless its task names its own.',
    remedy: 'Add the commands that your tests are run with under `checks:` in .nexus.yml.',
  };
}

function defaults(): Config {
  return parseConfig('').config;
}
