import type { HooksStatus } from '../../repository/hooks/hooks.js';
import type { Repository } from '../../repository/repository.js';
import { readHooks } from '../hooks.js';
import type { Finding } from './finding.js';

/** Whether a commit of tasks.yml starts a run. That nobody asked for it is no fault. */
export async function diagnoseHooks(repository: Repository): Promise<Finding[]> {
  const { status } = await readHooks(repository);
  return [describeHooksFinding(status)];
}

function describeHooksFinding({ hooks, problem }: HooksStatus): Finding {
  const broken = hooks.find((hook) => hook.problem !== undefined);
  const because = problem ?? (broken === undefined ? undefined : `${broken.at.where}: ${broken.problem}`);
  if (because !== undefined) {
    return {
      check: 'hooks',
      level: 'warn',
      message: `Hooks do not start runs as they should: ${because}.`,
      remedy: 'nexus hooks install',
    };
  }
  const message =
    hooks.length === 0
      ? 'No hook starts runs (nexus hooks install).'
      : `A change of tasks.yml starts a run: ${hooks.map(({ event }) => event).join(', ')}.`;
  return { check: 'hooks', level: 'ok', message };
}
