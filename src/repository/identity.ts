import type { Context } from './context.js';
import { GitFailed, repositoryError } from './failures.js';
import type { Git } from './git.js';
import type { Identity } from './repository.js';

/**
 * The person at the keyboard. Asks for the committer: `git commit` tells its hooks the *author*, who may be somebody
 * else (`--author`, a rebase).
 *
 * @throws NexusError `identity-missing`
 */
export async function readIdentity(git: Git): Promise<Identity> {
  let found: Identity | undefined;
  try {
    found = await git.run({ args: ['var', 'GIT_COMMITTER_IDENT'], parse: parseIdentity });
  } catch (error) {
    if (!(error instanceof GitFailed) || error.code !== 'git-failed') throw error;
  }
  if (found) return found;
  throw repositoryError(
    'identity-missing',
    'git does not know who you are, so Nexus cannot make a commit.',
    'git config --global user.name "Your Name" && git config --global user.email "you@example.com"',
  );
}

const known = new WeakMap<Context, Identity>();

/** As `readIdentity`, and remembered for the commits that come. */
export async function askIdentity(context: Context): Promise<Identity> {
  const identity = await readIdentity(context.git);
  known.set(context, identity);
  return identity;
}

/** Whoever was at the keyboard when it was last asked: a run asks when it begins, and has one author. */
export async function authorOf(context: Context): Promise<Identity> {
  return known.get(context) ?? askIdentity(context);
}

/** `Name <email> 1700000000 +0100` */
function parseIdentity(line: string): Identity | undefined {
  const [, name, email] = /^(.*) <(.*)> \d+ [+-]\d+\s*$/.exec(line) ?? [];
  return name && email ? { name, email } : undefined;
}
