import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HOOK_EVENTS, type HookEvent } from './hook-event.js';
import { hasSharedLine } from './hook-script.js';
import type { FoundLine, HookManager } from './hook-site.js';

/** More of a file of the checkout is not read, in bytes. */
const MOST = 1024 * 1024;

const LEFTHOOK_CONFIGS = ['', '.config/'].flatMap((folder) =>
  ['lefthook', '.lefthook'].flatMap((name) =>
    ['yml', 'yaml', 'toml', 'json', 'jsonc'].map((ending) => `${folder}${name}.${ending}`),
  ),
);
const LEFTHOOK_LOCALS = LEFTHOOK_CONFIGS.map((name) => name.replace('lefthook.', 'lefthook-local.'));

/** As simple-git-hooks 2 looks for them. */
const SIMPLE_CONFIGS = ['.', ''].flatMap((dot) =>
  ['cjs', 'js', 'mjs', 'json'].map((ending) => `${dot}simple-git-hooks.${ending}`),
);

/** The hook manager that writes the hooks of this repository, if we know it; and lines of ours in its files. */
export async function findManager(
  root: string,
  folder: string,
): Promise<{ manager: HookManager | undefined; lines: FoundLine[] }> {
  if (isHuskyFolder(folder)) {
    return { manager: { name: 'husky' }, lines: await findLines(dirname(folder)) };
  }
  const simple = await findSimpleConfig(root);
  if (simple !== undefined) {
    return { manager: { name: 'simple-git-hooks', config: simple }, lines: [] };
  }
  const configs = LEFTHOOK_CONFIGS.filter((name) => existsSync(join(root, name)));
  if (configs.length === 0) return { manager: undefined, lines: [] };
  const locals = LEFTHOOK_LOCALS.filter((name) => existsSync(join(root, name)));
  return readLefthook(root, [...configs, ...locals]);
}

/** husky 9 points `core.hooksPath` at `.husky/_` and writes that folder anew each time it is installed. */
function isHuskyFolder(folder: string): boolean {
  if (basename(folder) !== '_') return false;
  // In a linked worktree the folder itself is missing: git ignores it.
  return basename(dirname(folder)) === '.husky' || existsSync(join(folder, 'h'));
}

async function findSimpleConfig(root: string): Promise<string | undefined> {
  const file = SIMPLE_CONFIGS.find((name) => existsSync(join(root, name)));
  if (file !== undefined) return file;
  const text = (await readBeginning(join(root, 'package.json'))) ?? '';
  return /"simple-git-hooks"\s*:\s*[{"]/.test(text) && !isOnlyDependency(text) ? 'package.json' : undefined;
}

/** `"simple-git-hooks": "^2.0.0"` among the dependencies configures nothing. */
function isOnlyDependency(text: string): boolean {
  try {
    const manifest: unknown = JSON.parse(text);
    return typeof manifest === 'object' && manifest !== null && !('simple-git-hooks' in manifest);
  } catch {
    return true;
  }
}

async function readLefthook(
  root: string,
  names: readonly string[],
): Promise<{ manager: HookManager; lines: FoundLine[] }> {
  const managed = new Set<HookEvent>();
  const lines: FoundLine[] = [];
  for (const name of names) {
    const path = join(root, name);
    const text = (await readBeginning(path)) ?? '';
    for (const event of HOOK_EVENTS) {
      // Four formats and several ways to nest: that the name is there at all is enough.
      if (text.includes(event)) managed.add(event);
      if (hasSharedLine(text, event)) lines.push({ event, path });
    }
  }
  return { manager: { name: 'lefthook', managed: [...managed] }, lines };
}

/** Hook files of a folder that have our line in them. */
export async function findLines(folder: string): Promise<FoundLine[]> {
  const found: FoundLine[] = [];
  for (const event of HOOK_EVENTS) {
    const path = join(folder, event);
    if (hasSharedLine((await readBeginning(path)) ?? '', event)) found.push({ event, path });
  }
  return found;
}

async function readBeginning(path: string): Promise<string | undefined> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(MOST), 0, MOST, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
