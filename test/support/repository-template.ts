import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder as values: what git made once is written again in a twentieth of the time. */
type Template = readonly Entry[];

type Entry = { kind: 'folder'; path: string } | { kind: 'file'; path: string; mode: number; content: Buffer };

const templates = new Map<string, Template>();

/**
 * Fills the empty folder `path`: the first time for `key` in this process with `build`, from then on with a copy of what
 * that made. git finds the copy's index as fresh as that of its own commit.
 */
export function fillFrom(key: string, path: string, build: () => void): void {
  const template = templates.get(key);
  if (template === undefined) {
    build();
    templates.set(key, readTree(path));
    return;
  }
  for (const entry of template) {
    if (entry.kind === 'folder') mkdirSync(join(path, entry.path));
    else writeFileSync(join(path, entry.path), entry.content, { mode: entry.mode });
  }
  const index = template.find((entry) => entry.path === INDEX);
  if (index?.kind === 'file') writeFileSync(join(path, INDEX), restat(index.content, path));
}

const INDEX = join('.git', 'index');

function readTree(top: string): Entry[] {
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .map((entry): Entry => {
      const full = join(entry.parentPath, entry.name);
      const path = full.slice(top.length + 1);
      if (entry.isDirectory()) return { kind: 'folder', path };
      if (!entry.isFile()) throw new Error(`a template has files and folders only: ${full}`);
      return { kind: 'file', path, mode: lstatSync(full).mode & 0o777, content: readFileSync(full) };
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Bytes before the first entry, and of the times and numbers of one (gitformat-index(5), version 2). */
const HEADER = 12;
const STAT = 40;

/** The index with the times and numbers of the files as they are in `workTree`. */
function restat(original: Buffer, workTree: string): Buffer {
  const index = Buffer.from(original);
  if (index.readUInt32BE(4) !== 2) throw new Error('not an index of version 2');
  const algorithm = checksumOf(index);
  const idLength = algorithm === 'sha1' ? 20 : 32;
  let at = HEADER;
  for (let left = index.readUInt32BE(8); left > 0; left -= 1) {
    const from = at + STAT + idLength + 2;
    const end = index.indexOf(0, from);
    writeStat(index, at, join(workTree, index.toString('utf8', from, end)));
    // One to eight zeros fill up to a multiple of eight bytes.
    at += (Math.floor((end - at) / 8) + 1) * 8;
  }
  const body = index.subarray(0, -idLength);
  createHash(algorithm).update(body).digest().copy(index, body.length);
  return index;
}

function checksumOf(index: Buffer): 'sha1' | 'sha256' {
  const ends = (algorithm: string, length: number): boolean =>
    createHash(algorithm).update(index.subarray(0, -length)).digest().equals(index.subarray(-length));
  if (ends('sha1', 20)) return 'sha1';
  if (ends('sha256', 32)) return 'sha256';
  throw new Error('the checksum of the index is of neither kind');
}

function writeStat(index: Buffer, at: number, file: string): void {
  const stat = lstatSync(file, { bigint: true });
  const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
  const second = 1_000_000_000n;
  const times = [stat.ctimeNs / second, stat.ctimeNs % second, stat.mtimeNs / second, stat.mtimeNs % second];
  for (const [field, value] of [...times, stat.dev, stat.ino].entries()) {
    index.writeUInt32BE(low(value), at + 4 * field);
  }
  // The mode between them is git's, not the file system's.
  for (const [field, value] of [stat.uid, stat.gid, stat.size].entries()) {
    index.writeUInt32BE(low(value), at + 28 + 4 * field);
  }
}
