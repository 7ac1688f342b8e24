import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, NexusError } from '../../errors.js';
import { writeAtomically } from '../../platform/held-files.js';
import { repositoryError } from '../failures.js';
import { Git } from '../git.js';
import type { HookChange, HookPlan } from './hook-plan.js';
import type { FoundFile } from './hook-site.js';
import { readHookFile } from './read-site.js';

/**
 * Does what a plan says, one change after the other.
 * @throws NexusError `hook-changed` (somebody else wrote the file since it was read), `hook-not-written`
 */
export async function applyHookPlan(root: string, { changes }: HookPlan): Promise<void> {
  const git = Git.in(root);
  for (const change of changes) {
    try {
      await apply(git, change);
    } catch (error) {
      if (error instanceof NexusError) throw error;
      throw repositoryError(
        'hook-not-written',
        `${'path' in change ? change.path : change.section} could not be written: ${messageOf(error)}`,
        'Mend that and run the command again; what was written before it is complete.',
        error,
      );
    }
  }
}

async function apply(git: Git, change: HookChange): Promise<void> {
  switch (change.kind) {
    case 'script':
      return write(change.path, change.content, 'utf8', 0o644);
    case 'write':
      await requireUnchanged(change.path, change.before);
      return write(change.path, change.content, 'latin1', change.mode);
    case 'delete':
      await requireUnchanged(change.path, change.before);
      return rm(change.path);
    case 'delete-script':
      return rm(change.path, { force: true });
    case 'configure':
      // The command first: git refuses to run anything for an event whose hook has none.
      await configure(git, ['--replace-all', `hook.${change.section}.command`, change.command]);
      return configure(git, ['--replace-all', `hook.${change.section}.event`, change.event]);
    case 'unconfigure':
      return configure(git, ['--remove-section', `hook.${change.section}`]);
  }
}

function configure(git: Git, args: readonly string[]): Promise<void> {
  return git.run({ args: ['config', '--local', ...args], parse: () => undefined });
}

async function write(path: string, content: string, encoding: BufferEncoding, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeAtomically(path, Buffer.from(content, encoding), { mode });
}

async function requireUnchanged(path: string, before: FoundFile): Promise<void> {
  const now = await readHookFile(path);
  const same =
    now.kind === 'file' && before.kind === 'file' ? now.content === before.content : now.kind === before.kind;
  if (same) return;
  throw repositoryError(
    'hook-changed',
    `${path} was changed by somebody else just now, so it was left alone.`,
    'Run the command again.',
  );
}
