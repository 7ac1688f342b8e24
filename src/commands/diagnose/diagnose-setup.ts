import { dir as temporaryFolder } from 'tmp-promise';
import { linkDependencies } from '../../checks/link-dependencies.js';
import type { Config } from '../../config/schema.js';
import type { Repository } from '../../repository/repository.js';
import { count } from '../../report/quantities.js';
import type { Finding } from './finding.js';

/**
 * Whether the checks would find their dependencies: links them into an empty temporary folder as a run does into its
 * worktree. `setup` commands are named, not run.
 * @throws NexusError `setup-required`, `link-invalid`
 */
export async function diagnoseSetup(repository: Repository, config: Config): Promise<Finding[]> {
  if (config.checks.length === 0) return [];
  const { base, checks, setup, link } = config;
  const commit = await repository.resolveCommit(base ?? 'HEAD');
  // That there is no commit to start from is told already.
  if (commit === undefined) return [];
  const folder = await temporaryFolder({ prefix: 'nexus-doctor-', unsafeCleanup: true });
  try {
    const linked = await linkDependencies({ repository, commit, worktree: folder.path, checks, setup, link });
    return [{ check: 'setup', level: 'ok', message: describe(linked, setup.length) }];
  } finally {
    await folder.cleanup();
  }
}

function describe(linked: readonly string[], commands: number): string {
  if (commands > 0) return `Worktrees are made ready by ${count(commands, 'command')} under \`setup:\`.`;
  if (linked.length > 0) return `Worktrees get links to ${linked.join(', ')}.`;
  return 'The checks need no dependencies of the checkout.';
}
