import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runGit } from './temp-repository.js';

/** What a checkout consists of, by name; two are equal exactly when nothing of the user's was touched. */
export type CheckoutSnapshot = Readonly<Record<string, string>>;

/** What Nexus may write below git's folders. */
const OURS = (prefix: string): RegExp =>
  new RegExp(`^(?:objects|nexus|worktrees|(?:logs/)?refs/nexus|(?:logs/)?refs/heads/${prefix})(?:/|$)`);

/**
 * Work tree (bytes, modes, link targets) and everything in git's folders: index, HEAD, refs and reflogs, stash, hooks,
 * config, merge and rebase state. Left out: objects, `<commonDir>/nexus`, metadata of linked worktrees, and refs and
 * reflogs of the branches below `prefix` and of `refs/nexus`. Also records what git says the branches are.
 */
export function snapshotCheckout(root: string, prefix = 'nexus'): CheckoutSnapshot {
  const places = runGit(root, ['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir']);
  const [gitDir = '', commonDir = ''] = places.split('\n').map((place) => resolve(root, place));
  const ours = OURS(prefix);
  const snapshot: Record<string, string> = {};
  addFolder(snapshot, 'work', root, (path) => path === '.git');
  addFolder(snapshot, 'common', commonDir, (path) => ours.test(path));
  if (gitDir !== commonDir) addFolder(snapshot, 'git', gitDir, () => false);
  const refs = runGit(root, ['for-each-ref', '--format=%(refname) %(objectname)']).split('\n');
  const theirs = refs.filter((line) => !ours.test(line));
  snapshot['refs'] = theirs.join('\n');
  return snapshot;
}

function addFolder(
  snapshot: Record<string, string>,
  name: string,
  top: string,
  isLeftOut: (path: string) => boolean,
): void {
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(top, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (isLeftOut(path)) continue;
      if (entry.isDirectory()) {
        snapshot[`${name}:${path}/`] = modeOf(join(top, path));
        visit(path);
      } else {
        snapshot[`${name}:${path}`] = `${modeOf(join(top, path))} ${contentOf(join(top, path))}`;
      }
    }
  };
  visit('');
}

function modeOf(path: string): string {
  return lstatSync(path).mode.toString(8);
}

function contentOf(path: string): string {
  if (lstatSync(path).isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  const bytes = readFileSync(path);
  const text = bytes.toString('utf8');
  const isShort = bytes.length <= 200 && Buffer.from(text).equals(bytes);
  return isShort
    ? JSON.stringify(text)
    : `${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex')}`;
}
