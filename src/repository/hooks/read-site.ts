import { existsSync } from 'node:fs';
import { lstat, readFile, readlink, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { hasCode } from '../../errors.js';
import { Git, type GitCommand } from '../git.js';
import type { Repository } from '../repository.js';
import { askVersion, requireVersion, type GitVersion } from '../version.js';
import { findLines, findManager } from './find-manager.js';
import { HOOK_EVENTS, isHookEvent, type HookEvent } from './hook-event.js';
import { scriptPath } from './hook-script.js';
import type { FoundFile, FoundSection, HookFile, HookSite } from './hook-site.js';

const SUFFIXES = [
  ['hook', ''],
  ['legacy', '.legacy'],
  ['aside', '.old'],
] as const;

/**
 * Looks at the hooks of a repository with the user's own configuration. Runs no hook, changes nothing.
 * @param options `version`: decide as this version of git would need it; default: the one that is here
 * @throws NexusError `git-too-old`, GitFailed
 */
export async function readHookSite(
  { root, commonDir }: Pick<Repository, 'root' | 'commonDir'>,
  options: { version?: GitVersion } = {},
): Promise<HookSite> {
  const git = Git.withHooksOfUser(root);
  const [version, folder, hooksPath, sections, files, script] = await Promise.all([
    options.version ?? askVersion(git).then(requireVersion),
    findHooksFolder(root, git),
    git.run(readHooksPath),
    git.run(readSections),
    readFiles(join(commonDir, 'hooks')),
    readText(scriptPath(commonDir)),
  ]);
  const scope = await scopeOf(folder, root, commonDir);
  const { manager, lines } = await findManager(root, folder);
  return {
    version,
    root,
    commonDir,
    folder,
    folderExists: existsSync(folder),
    scope,
    hooksPath,
    manager,
    files,
    lines: [...lines, ...(await findLines(folder))],
    sections,
    script,
  };
}

/** The folder in which git looks for hooks, by the user's own configuration; absolute. */
export async function findHooksFolder(root: string, git = Git.withHooksOfUser(root)): Promise<string> {
  return resolve(root, await git.run(readFolder));
}

const readFolder: GitCommand<string> = {
  // A relative core.hooksPath counts from the top of the work tree, where hooks run; so that is where we ask.
  args: ['rev-parse', '--path-format=absolute', '--git-path', 'hooks'],
  parse: (output) => output.replace(/\n$/, ''),
};

const readHooksPath: GitCommand<HookSite['hooksPath']> = {
  args: ['config', '--show-scope', '-z', '--get', 'core.hooksPath'],
  exits: [1],
  parse: (output, exit) => {
    const [scope = '', value = ''] = output.split('\0');
    return exit === 0 ? { scope, value } : undefined;
  },
};

/** Our own, of the repository's configuration; a global one of the same name is somebody else's doing. */
const readSections: GitCommand<FoundSection[]> = {
  args: [
    'config',
    '--local',
    '-z',
    '--get-regexp',
    String.raw`^hook\.nexus-[a-z-]+\.(command|event|enabled)$`,
  ],
  exits: [1],
  parse: parseSections,
};

function parseSections(output: string): FoundSection[] {
  const found = new Map<HookEvent, FoundSection>();
  for (const record of output.split('\0')) {
    const [key = '', ...value] = record.split('\n');
    const [, event = '', name] = /^hook\.nexus-([a-z-]+)\.(\w+)$/.exec(key) ?? [];
    if (!isHookEvent(event)) continue;
    const section = found.get(event) ?? { event, command: undefined, events: [], enabled: true };
    const text = value.join('\n');
    if (name === 'command') section.command = text;
    if (name === 'event') section.events.push(text);
    if (name === 'enabled') section.enabled = !/^(?:false|no|off|0)$/i.test(text);
    found.set(event, section);
  }
  return [...found.values()];
}

async function scopeOf(folder: string, root: string, commonDir: string): Promise<HookSite['scope']> {
  const [real, own, top] = await Promise.all([folder, commonDir, root].map(realOf));
  // A link from `.git/hooks` to somewhere else is not ours alone.
  if (real === join(own ?? commonDir, 'hooks')) return 'private';
  return isInside(top ?? root, real ?? folder) ? 'in the work tree' : 'elsewhere';
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && !/^\.\.(?:[/\\]|$)/.test(way));
}

/** Without links, as far as the path exists. */
async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = resolve(path, '..');
    return parent === path ? path : join(await realOf(parent), relative(parent, path));
  }
}

async function readFiles(folder: string): Promise<HookFile[]> {
  const wanted = HOOK_EVENTS.flatMap((event) =>
    SUFFIXES.map(([role, suffix]) => ({ event, role, path: join(folder, event + suffix) })),
  );
  return Promise.all(wanted.map(async (file) => ({ ...file, found: await readHookFile(file.path) })));
}

/** What is at a path now. */
export async function readHookFile(path: string): Promise<FoundFile> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) return { kind: 'link', target: await readlink(path) };
    if (!found.isFile()) return { kind: 'other' };
    return { kind: 'file', content: await readFile(path, 'latin1'), mode: found.mode & 0o7777 };
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return { kind: 'missing' };
    throw error;
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
