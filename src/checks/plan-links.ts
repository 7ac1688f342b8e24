import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** One entry of a dependency folder that will be linked. */
export interface PlannedLink {
  /** What it will be called, relative to the folder. */
  name: string;
  /** The user's file or folder; absolute. */
  target: string;
  /** It is a link in the user's folder already. */
  isLink: boolean;
}

/**
 * What installers keep under a dot in `node_modules`. Everything else with a dot is a tool's cache (`.cache`, `.vite`,
 * `.vitest`, …): left out, it is made anew in the worktree.
 */
const INSTALLED_DOT_ENTRIES = new Set([
  '.bin',
  '.bun',
  '.modules.yaml',
  '.package-lock.json',
  '.pnpm',
  '.prisma',
  '.store',
  '.yarn-integrity',
  '.yarn-state.yml',
]);

/**
 * How a dependency folder becomes a real folder of links: entry by entry, and one level deeper where tools add entries
 * of their own (`@scope`, `.bin`, the organisations in `vendor`). Sorted by name.
 */
export async function planLinks(folder: string): Promise<PlannedLink[]> {
  const kind = path.basename(folder);
  const links: PlannedLink[] = [];
  for (const entry of await sortedEntries(folder)) {
    if (kind === 'node_modules' && entry.name.startsWith('.') && !INSTALLED_DOT_ENTRIES.has(entry.name))
      continue;
    const target = path.join(folder, entry.name);
    if (entry.isDirectory() && (kind === 'vendor' || /^@|^\.bin$/.test(entry.name))) {
      for (const inner of await sortedEntries(target)) {
        const name = `${entry.name}/${inner.name}`;
        links.push({ name, target: path.join(target, inner.name), isLink: inner.isSymbolicLink() });
      }
    } else {
      links.push({ name: entry.name, target, isLink: entry.isSymbolicLink() });
    }
  }
  return links;
}

async function sortedEntries(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
