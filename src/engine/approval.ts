import type { Config } from '../config/schema.js';
import { OVERRIDES_FOLDER } from '../config/templates.js';
import { describeTrusted, renderTrustedItem, type TaskCommands, type TrustedItem } from '../config/trust.js';
import { diffAgainstApproved } from '../config/trust-store.js';
import { EXIT, NexusError } from '../errors.js';
import type { Workspace } from './workspace.js';

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

/** What the user has not agreed to yet; in a changed thing, as it is now. */
export async function listUnapproved(
  commonDir: string,
  items: readonly TrustedItem[],
): Promise<TrustedItem[]> {
  const { added, changed } = await diffAgainstApproved(commonDir, items);
  return [...added, ...changed.map(({ after }) => after)];
}

/**
 * Nobody is asked: where no person sits, work stops with one message.
 * @throws NexusError `not-approved`
 */
export async function assertApproved(workspace: Workspace): Promise<void> {
  const trustable = await readTrustable(workspace);
  const fresh = await listUnapproved(trustable.commonDir, listTrusted(trustable));
  if (fresh.length > 0) throw notApproved(fresh);
}

export function notApproved(items: readonly TrustedItem[]): NexusError {
  return new NexusError({
    code: 'not-approved',
    message: `You have not agreed yet to what this checkout wants to use:\n${items
      .map((item) => `  ${renderTrustedItem(item)}`)
      .join('\n')}`,
    remedy: 'Look at it and agree with: nexus trust',
    exitCode: EXIT.config,
  });
}
