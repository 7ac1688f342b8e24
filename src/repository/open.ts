import { resolve } from 'node:path';
import { hooksOff } from './environment.js';
import { GitFailed, repositoryError } from './failures.js';
import { Git, type GitCommand } from './git.js';
import { repositoryOf } from './git-repository.js';
import type { ObjectId, Repository } from './repository.js';
import { askVersion, isAtLeast, requireVersion } from './version.js';

interface Places {
  root: string;
  commonDir: string;
  gitDir: string;
}

/**
 * The repository that `cwd` is in: its work tree's top, a folder below it, or a linked worktree.
 *
 * @throws NexusError `not-a-repository`, `bare-repository`, `dubious-ownership`, `git-missing`, `git-too-old`
 */
export async function openRepository(cwd: string): Promise<Repository> {
  const start = Git.in(resolve(cwd));
  const search = findPlaces(start, cwd);
  // An old git fails in the search, too, and then its version is what has to be said.
  search.catch(() => undefined);
  const version = requireVersion(await askVersion(start));
  const places = await search;
  const inRoot = start.at(places);
  // Hooks in configuration came with 2.54; older versions would only carry the settings around.
  const git = isAtLeast(version, [2, 54])
    ? inRoot.with({ environment: hooksOff(await inRoot.run(configuredHooks)) })
    : inRoot;
  return repositoryOf({ ...places, git, version });
}

async function findPlaces(git: Git, cwd: string): Promise<Places> {
  try {
    const lines = await git.run(readPlaces);
    const [root, commonDir, gitDir] = lines;
    if (!root || !commonDir || !gitDir || lines.length !== 3) {
      throw repositoryError(
        'path-unsupported',
        `The path of the repository around ${cwd} has a line break, which Nexus does not support.`,
        'Rename the folder.',
      );
    }
    return { root: resolve(root), commonDir: resolve(commonDir), gitDir: resolve(gitDir) };
  } catch (error) {
    throw error instanceof GitFailed && error.code === 'git-failed' ? await explain(git, cwd, error) : error;
  }
}

const readPlaces: GitCommand<string[]> = {
  args: ['rev-parse', '--path-format=absolute', '--show-toplevel', '--git-common-dir', '--absolute-git-dir'],
  parse: (output) => output.replace(/\n$/, '').split('\n'),
};

async function explain(git: Git, cwd: string, cause: GitFailed): Promise<Error> {
  const inside = await git.run({
    args: ['rev-parse', '--is-bare-repository'],
    exits: [128],
    parse: (output, exit) => (exit === 0 ? output.trim() : 'none'),
  });
  if (inside === 'true') {
    return repositoryError(
      'bare-repository',
      `${cwd} is a bare repository: it has no working files.`,
      'Clone it (git clone <this folder> <new folder>) and run Nexus in the clone.',
      cause,
    );
  }
  if (inside === 'false') {
    return repositoryError(
      'not-a-repository',
      `${cwd} is inside git's own folder, not in a work tree.`,
      'Run the command in the folder that has your files.',
      cause,
    );
  }
  return repositoryError(
    'not-a-repository',
    `${cwd} is not inside a git repository.`,
    'Go to your project and run the command there, or make a repository with: git init',
    cause,
  );
}

const configuredHooks: GitCommand<string[]> = {
  args: ['config', '-z', '--name-only', '--get-regexp', String.raw`^hook\..*\.(command|event)$`],
  exits: [1],
  parse: (output) => {
    const keys = output.split('\0').filter((key) => key !== '');
    return keys.map((key) => key.slice('hook.'.length, key.lastIndexOf('.')));
  },
};

/** What work starts from. */
export interface Base {
  commit: ObjectId;
  /** The name that was asked for, or the current branch; undefined when HEAD is detached. */
  name: string | undefined;
}

/**
 * The commit that work starts from: the tip of the branch `name` (or whatever commit it names), by default that of
 * the current branch or the detached HEAD.
 *
 * @throws NexusError `unborn-head`, `unknown-base`
 */
export async function requireBase(repository: Repository, name?: string): Promise<Base> {
  if (name !== undefined) {
    const named =
      (await repository.resolveCommit(`refs/heads/${name}`)) ?? (await repository.resolveCommit(name));
    if (named) return { commit: named, name };
    throw repositoryError(
      'unknown-base',
      `There is no branch or commit called ${JSON.stringify(name)}.`,
      'See the branches with: git branch --all',
    );
  }
  const { commit, branch } = await repository.head();
  if (commit) return { commit, name: branch };
  throw repositoryError(
    'unborn-head',
    `The branch ${branch ?? 'HEAD'} has no commit yet, so there is nothing to start from.`,
    'Make the first commit: git add --all && git commit -m "First commit"',
  );
}
