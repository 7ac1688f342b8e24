import type { RunStartedEntry } from '../journal/entries.js';
import { withoutFolders } from '../models/names.js';
import type { Role } from '../models/port.js';
import { NEXUS_VERSION } from '../version.js';
import type { StartInput } from './create-task-run.js';

/** How the journal of a new run begins. */
export function firstEntry({ planned, models }: StartInput, run: string): RunStartedEntry {
  const { task, branch, base, baseName, dirty, checks } = planned;
  const nameOf = (role: Role): string => withoutFolders(models[role].current.name);
  return {
    type: 'run-started',
    run,
    nexus: NEXUS_VERSION,
    task: { id: task.id, title: task.title, hash: task.hash, kind: task.kind },
    base,
    baseName,
    branch,
    models: { overseer: nameOf('overseer'), coder: nameOf('coder') },
    dirty,
    checks,
  };
}
