import type { ObjectId } from '../repository.js';

/** What a tree object says of one name. */
export interface TreeItem {
  /** As it stands there: `40000` for a folder. */
  mode: string;
  oid: ObjectId;
}

/** One folder of a commit. The names are bytes, read as latin1: git promises no encoding. */
export type Tree = ReadonlyMap<string, TreeItem>;

export const FOLDER = '40000';

/** A name of ours as it stands in a tree. */
export function nameInTree(name: string): string {
  return Buffer.from(name).toString('latin1');
}

/** The name for people, and for a path. */
export function nameOutOfTree(name: string): string {
  return Buffer.from(name, 'latin1').toString();
}

/**
 * Reads a tree object: `<mode> <name>\0<oid>` over and over, the oid in bytes.
 * @param like tells SHA-1 from SHA-256
 * @returns undefined for one that could not be written again as it is (a name twice, a cut end, an unknown mode)
 */
export function parseTree(bytes: Buffer, like: ObjectId): Tree | undefined {
  const oidBytes = like.length / 2;
  const tree = new Map<string, TreeItem>();
  let at = 0;
  while (at < bytes.length) {
    const blank = bytes.indexOf(0x20, at);
    const zero = bytes.indexOf(0, blank);
    const end = zero + 1 + oidBytes;
    if (blank < 0 || zero < 0 || end > bytes.length) return undefined;
    const mode = bytes.toString('latin1', at, blank);
    const name = bytes.toString('latin1', blank + 1, zero);
    if (!MODES.has(mode) || tree.has(name)) return undefined;
    tree.set(name, { mode, oid: bytes.toString('hex', zero + 1, end) });
    at = end;
  }
  return tree;
}

const MODES = new Set([FOLDER, '100644', '100755', '120000', '160000']);

/** The bytes of a tree object, in git's order: by bytes, a folder as if its name ended in `/`. */
export function renderTree(tree: Tree): Buffer {
  const items = [...tree].map(([name, item]) => ({
    ...item,
    name,
    key: item.mode === FOLDER ? `${name}/` : name,
  }));
  items.sort((a, b) => (a.key < b.key ? -1 : 1));
  return Buffer.concat(
    items.flatMap(({ mode, name, oid }) => [
      Buffer.from(`${mode} ${name}\0`, 'latin1'),
      Buffer.from(oid, 'hex'),
    ]),
  );
}
