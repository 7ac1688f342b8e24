import { hookLogPath, type HooksStatus } from '../../repository/hooks/hooks.js';
import type { Repository } from '../../repository/repository.js';
import { readHooks } from '../hooks.js';
import { readLastTrigger, renderTrigger, type LastTrigger } from '../hook-log.js';
import { installCommand } from '../hooks-view.js';
import type { Finding } from './finding.js';

/** Whether a commit of tasks.yml starts a run. That nobody asked for it is no fault. */
export async function diagnoseHooks(repository: Repository): Promise<Finding[]> {
  const { status } = await readHooks(repository);
  const last = await readLastTrigger(hookLogPath(repository.commonDir));
  return [describeHooksFinding(status, last)];
}

function describeHooksFinding({ hooks, problem }: HooksStatus, last: LastTrigger | undefined): Finding {
  const broken = hooks.find((hook) => hook.problem !== undefined);
  const because = problem ?? (broken === undefined ? undefined : `${broken.at.where}: ${broken.problem}`);
  if (because !== undefined) {
    return {
      check: 'hooks',
      level: 'warn',
      message: `Hooks do not start runs as they should: ${because}.`,
      remedy: installCommand(hooks),
    };
  }
  const lastly = last === undefined ? '' : ` Last: ${renderTrigger(last)}`;
  const message =
    hooks.length === 0
      ? 'No hook starts runs (nexus hooks install).'
      : `A change of tasks.yml starts a run: ${hooks.map(({ event }) => event).join(', ')}.${lastly}`;
  return { check: 'hooks', level: 'ok', message };
}
