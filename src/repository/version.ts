import { repositoryError } from './failures.js';
import type { Git, GitCommand } from './git.js';

/** Major and minor version of git. */
export type GitVersion = readonly [major: number, minor: number];

/** `rev-parse --path-format` came with 2.31. */
const OLDEST_GIT: GitVersion = [2, 31];

/** `git version`; undefined when the answer has no number in it. */
const readVersion: GitCommand<GitVersion | undefined> = {
  args: ['version'],
  parse: parseVersion,
};

/** One command opens a repository several times; a watch may live longer than the git that it began with. In ms. */
const SAME_FOR = 10_000;

const answers = new Map<string, { version: GitVersion | undefined; at: number }>();

/** The version of the git that is started, as it was at most 10 s ago. */
export async function askVersion(git: Git): Promise<GitVersion | undefined> {
  const last = answers.get(git.program);
  if (last !== undefined && performance.now() - last.at < SAME_FOR) return last.version;
  const version = await git.run(readVersion);
  answers.clear();
  answers.set(git.program, { version, at: performance.now() });
  return version;
}

export function parseVersion(output: string): GitVersion | undefined {
  const found = /\b(\d+)\.(\d+)/.exec(output);
  return found ? [Number(found[1]), Number(found[2])] : undefined;
}

export function isAtLeast(version: GitVersion, wanted: GitVersion): boolean {
  return version[0] > wanted[0] || (version[0] === wanted[0] && version[1] >= wanted[1]);
}

/** @throws NexusError `git-too-old` */
export function requireVersion(version: GitVersion | undefined): GitVersion {
  if (version && isAtLeast(version, OLDEST_GIT)) return version;
  throw repositoryError(
    'git-too-old',
    `git ${version?.join('.') ?? 'of an unknown version'} is too old: Nexus needs ${OLDEST_GIT.join('.')} or newer.`,
    'Install a newer git from https://git-scm.com/downloads.',
  );
}
