import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

import { isInside } from './is-inside.js';
import type { PlannedLink } from './plan-links.js';
import { findPythonLeak } from './python-leaks.js';
import { readJson } from './read-json.js';

/** Something in a dependency folder that leads to the user's own code, which a check of another commit must not see. */
export interface Leak {
  /** The link or file; absolute. */
  file: string;
  why: string;
}

/**
 * What in this dependency folder would make checks test the user's checkout instead of the worktree, or undefined.
 * @param links what is going to be linked from it
 */
export async function findLeak(
  folder: string,
  checkout: string,
  links: readonly PlannedLink[],
): Promise<Leak | undefined> {
  return (
    (await findLinkLeak(links, await realpath(checkout), await realpath(folder))) ??
    (await findNpmCopy(folder)) ??
    (await findPnpmCopy(folder)) ??
    findPython(folder, checkout) ??
    (await findComposer(folder))
  );
}

/** Workspaces of npm, pnpm and yarn, and `file:` dependencies: `node_modules/x` → `../packages/x`. */
async function findLinkLeak(
  links: readonly PlannedLink[],
  checkout: string,
  folder: string,
): Promise<Leak | undefined> {
  for (const link of links) {
    if (!link.isLink) continue;
    const target = await resolveLink(link.target);
    const inside = isInside(target, checkout) && !isInside(target, folder);
    // pnpm: `packages/a/node_modules/x` → `../../../node_modules/.pnpm/…` is a dependency all the same.
    const installed = path.relative(checkout, target).split(path.sep).includes('node_modules');
    if (inside && !installed) {
      return {
        file: link.target,
        why: `it is a link to ${path.relative(checkout, target) || 'the checkout'}`,
      };
    }
  }
  return undefined;
}

/** Also of a broken link: the package it names may just have been deleted or renamed. */
async function resolveLink(link: string): Promise<string> {
  return realpath(link).catch(async () => {
    const folder = await realpath(path.dirname(link));
    return path.resolve(folder, await readlink(link));
  });
}

const LOCAL_FOLDER = /^file:(?!\.\.)(?!.*\.t(?:ar\.)?gz$)/;

const npmLock = z.object({
  packages: z.record(z.string(), z.object({ resolved: z.string().optional().catch(undefined) })),
});

/** npm with `install-links`: `file:` dependencies are copies of the user's code as it was at the last install. */
async function findNpmCopy(folder: string): Promise<Leak | undefined> {
  const file = path.join(folder, '.package-lock.json');
  const lock = npmLock.safeParse(await readJson(file));
  for (const [name, { resolved }] of Object.entries(lock.data?.packages ?? {})) {
    if (resolved !== undefined && LOCAL_FOLDER.test(resolved)) {
      const why = `it is a copy of ${resolved.slice('file:'.length)}, made when it was installed`;
      return { file: path.join(folder, '..', name), why };
    }
  }
  return undefined;
}

/** pnpm's injected workspace packages: `.pnpm/@org+a@file+packages+a`. */
async function findPnpmCopy(folder: string): Promise<Leak | undefined> {
  const store = path.join(folder, '.pnpm');
  const names = await readdir(store).catch(() => []);
  const name = names.find((entry) => /@file\+(?!\.\.)(?!.*\.t(?:ar\.)?gz)/.test(entry));
  return name === undefined
    ? undefined
    : { file: path.join(store, name), why: 'it is a copy of a package of this repository' };
}

function findPython(folder: string, checkout: string): Leak | undefined {
  const file = findPythonLeak(folder, checkout, { copies: true });
  return file === undefined ? undefined : { file, why: 'it installs code from the checkout' };
}

/**
 * Composer's autoloader finds the project's own classes from where its files really are (`__DIR__` follows links), so
 * a linked `vendor` loads them from the checkout.
 */
async function findComposer(folder: string): Promise<Leak | undefined> {
  for (const kind of ['psr4', 'namespaces', 'classmap', 'files']) {
    const file = path.join(folder, 'composer', `autoload_${kind}.php`);
    const text = await readFile(file, 'utf8').catch(() => '');
    if (/\$baseDir \. /.test(text)) return { file, why: 'it loads classes from the checkout' };
  }
  return undefined;
}
