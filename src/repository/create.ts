import { Git } from './git.js';
import type { Identity } from './repository.js';

/**
 * Makes a new repository of the files in `folder`, with one commit on `main`. Meant for a folder of our own: it uses
 * git's ordinary commands there. No hook and no signature, whatever the user's configuration says.
 */
export async function createRepository(folder: string, identity: Identity): Promise<void> {
  const git = Git.in(folder).with({
    config: ['commit.gpgSign=false', 'core.autocrlf=false', 'core.safecrlf=false'],
  });
  const run = (...args: string[]): Promise<void> => git.run({ args, parse: () => undefined });
  await run('init', '--quiet', '--object-format=sha1', '--initial-branch=main');
  await run('config', 'user.name', identity.name);
  await run('config', 'user.email', identity.email);
  await run('config', 'core.autocrlf', 'false');
  await run('add', '--all');
  await run('commit', '--quiet', '--no-verify', '--message', 'Start of the demo');
}
