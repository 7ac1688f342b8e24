import { copyFile, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

import { readRepoPath } from '../config/repo-path.js';
import type { CheckConfig } from '../config/schema.js';
import { EXIT, NexusError } from '../errors.js';
import { createPlatform, type Platform } from '../platform.js';
import type { ObjectId, Repository } from '../repository/repository.js';
import { isInside } from './is-inside.js';
import { findLeak } from './leading-back.js';
import { planLinks } from './plan-links.js';
import { activePythonLeaks, type PythonLeak } from './python-leaks.js';

export interface LinkInput {
  repository: Pick<Repository, 'root' | 'listFiles' | 'ignored'>;
  commit: ObjectId;
  worktree: string;
  checks: readonly Pick<CheckConfig, 'cwd'>[];
  setup: readonly CheckConfig[];
  link: readonly string[] | undefined;
  platform?: Platform;
  environment?: NodeJS.ProcessEnv;
  /** Of that environment; default: they are looked for. */
  leaks?: readonly PythonLeak[];
}

const USUAL_FOLDERS = ['node_modules', '.venv', 'venv', 'vendor'];
/** Where one of these stands, dependencies may stand beside it. */
const MANIFEST =
  /^(?:package\.json|pyproject\.toml|setup\.(?:py|cfg)|requirements.*\.txt|Pipfile|composer\.json|Gemfile|go\.mod)$/;

/**
 * Makes the checkout's ignored dependency folders visible in a worktree: those in `link`, or the usual ones when no
 * `setup` provides them. Each becomes a real folder of links. What is there already, tracked or made by `setup`, stays
 * as it is. Nothing is written in the checkout.
 * @returns the linked paths, relative to the repository
 * @throws NexusError `setup-required` if something in them leads back into the checkout, so that the wrong code would be
 * tested; `link-invalid` for an entry of `link` that cannot be linked
 */
export async function linkDependencies(input: LinkInput): Promise<string[]> {
  const { repository, worktree } = input;
  if (input.setup.length === 0) await refuseActiveLeaks(input);
  const folders =
    input.link === undefined
      ? input.setup.length === 0
        ? await usualFolders(input)
        : []
      : await configuredFolders(input.link, repository);
  const linked: string[] = [];
  for (const folder of folders) {
    const done = await linkOne(path.join(repository.root, folder), path.join(worktree, folder), input);
    if (done) linked.push(folder);
  }
  return linked;
}

async function refuseActiveLeaks({ repository, environment, leaks }: LinkInput): Promise<void> {
  const [leak] = leaks ?? (await activePythonLeaks(environment ?? process.env, repository.root));
  if (leak === undefined) return;
  throw setupRequired(leak.file, 'the active Python environment imports the checkout by it');
}

async function usualFolders({ repository, commit, checks }: LinkInput): Promise<string[]> {
  const places = new Set(['.', ...checks.map((check) => path.posix.normalize(check.cwd))]);
  for (const file of await repository.listFiles(commit)) {
    if (MANIFEST.test(path.posix.basename(file.path))) places.add(path.posix.dirname(file.path));
  }
  const candidates: string[] = [];
  for (const place of places) {
    for (const name of USUAL_FOLDERS) {
      const folder = path.posix.join(place, name);
      const there = await stat(path.join(repository.root, folder)).catch(() => undefined);
      if (there?.isDirectory() === true && !folder.startsWith('../')) candidates.push(folder);
    }
  }
  const ignored = await repository.ignored(candidates);
  return candidates.filter((folder) => ignored.has(folder)).sort();
}

async function configuredFolders(
  link: readonly string[],
  repository: LinkInput['repository'],
): Promise<string[]> {
  const folders: string[] = [];
  for (const entry of link) {
    const read = readRepoPath(entry);
    const folder = read.kind === 'path' ? read.path : entry;
    const problem =
      read.kind === 'refused' ? read.reason : folder === '.' ? 'is the repository itself' : undefined;
    if (problem !== undefined) {
      throw invalidLink(
        folder,
        problem,
        'Name a folder below the top of the repository, such as node_modules.',
      );
    }
    const there = await stat(path.join(repository.root, folder)).catch(() => undefined);
    if (there === undefined) {
      const remedy = 'Install it there, or provide it with `setup` instead.';
      throw invalidLink(folder, 'is not there in your checkout', remedy);
    }
    folders.push(folder);
  }
  const ignored = await repository.ignored(folders);
  const kept = folders.find((folder) => !ignored.has(folder));
  if (kept !== undefined) {
    const remedy =
      'Add it to .gitignore, or remove it from `link`: tracked files are in the worktree anyway.';
    throw invalidLink(kept, 'is not ignored by git', remedy);
  }
  return folders;
}

/** @returns whether anything was linked */
async function linkOne(from: string, to: string, input: LinkInput): Promise<boolean> {
  const platform = input.platform ?? createPlatform();
  const parent = await realpath(path.dirname(to)).catch(() => undefined);
  // The parent is not in this commit, or it is a tracked link out of the worktree: nothing is written there.
  if (parent === undefined || !isInside(parent, await realpath(input.worktree))) return false;
  if (await exists(to)) return false;
  if (!(await stat(from)).isDirectory()) {
    await copyFile(from, to);
    return true;
  }
  const links = await planLinks(from);
  const leak = await findLeak(from, input.repository.root, links);
  if (leak !== undefined) throw setupRequired(path.relative(input.repository.root, leak.file), leak.why);
  await mkdir(to);
  for (const { name, target } of links) {
    const place = path.join(to, name);
    if (name.includes('/')) await mkdir(path.dirname(place), { recursive: true });
    await platform.linkEntry(target, place);
  }
  return true;
}

async function exists(target: string): Promise<boolean> {
  return (await stat(target).catch(() => undefined)) !== undefined;
}

function setupRequired(file: string, why: string): NexusError {
  const command = /node_modules/.test(file)
    ? 'npm ci'
    : /composer/.test(file)
      ? 'composer install'
      : 'python -m venv .venv && .venv/bin/pip install -e .';
  return new NexusError({
    code: 'setup-required',
    message: `The checks would test your checkout instead of the branch: ${file} leads back into it (${why}).`,
    remedy: `Give \`setup\` in .nexus.yml the commands that install into a fresh checkout, such as \`setup: ["${command}"]\`.`,
    exitCode: EXIT.config,
  });
}

function invalidLink(folder: string, problem: string, remedy: string): NexusError {
  return new NexusError({
    code: 'link-invalid',
    message: `.nexus.yml: \`link\` names "${folder}", which ${problem}.`,
    remedy,
    exitCode: EXIT.config,
  });
}
