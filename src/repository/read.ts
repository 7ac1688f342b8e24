import type { FileContent, RepoPath } from '../edits/types.js';
import { classifyBlob, LARGEST_TEXT } from './content.js';
import type { Context } from './context.js';
import { repositoryError } from './failures.js';
import type { Git, GitCommand } from './git.js';
import { commandLines, isRepoPath, objectId } from './names.js';
import { createMemory } from './object-memory.js';
import type { ObjectId, TreeEntry } from './repository.js';

/** Bytes that one `cat-file --batch` may answer; its whole output is held in memory. */
const BATCH_BYTES = 32 * 1024 * 1024;

/** From here on one listing of the whole tree is cheaper than many command lines. */
const MANY_PATHS = 2000;

/** Whole trees, which may be large: those of the base and of the tips that are worked on. They share their entries. */
const listings = createMemory<readonly TreeEntry[]>(16);

/** All files of a commit, submodules and symlinks too. */
export async function listFiles(context: Context, commit: ObjectId): Promise<readonly TreeEntry[]> {
  return listings.recall(context, commit, async () => {
    // In a partial clone asking for sizes would download every file, one by one.
    const sizes = !(await isPartialClone(context));
    return context.git.run(listTree(objectId(commit), [], sizes));
  });
}

/**
 * Spares listing a commit that was made just now, if its parent was listed.
 * @param change `writes` are new or in the place of what was there
 */
export async function rememberListing(
  context: Context,
  commit: ObjectId,
  change: { parent: ObjectId; removals: readonly RepoPath[]; writes: readonly TreeEntry[] },
): Promise<void> {
  const before = await listings.peek(context, change.parent);
  if (before === undefined) return;
  const changed = new Set([...change.removals, ...change.writes.map(({ path }) => path)]);
  const after = before.filter(({ path }) => !changed.has(path));
  for (const entry of change.writes) after.splice(placeOf(after, entry.path), 0, entry);
  await listings.recall(context, commit, async () => after);
}

/** Where a path stands in git's order, which is that of its bytes. */
function placeOf(entries: readonly TreeEntry[], path: RepoPath): number {
  const bytes = Buffer.from(path);
  let [from, to] = [0, entries.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (Buffer.compare(Buffer.from(entries[middle]?.path ?? ''), bytes) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The entries of a commit or tree at exactly these paths; absent ones and folders are absent in the map. */
export async function findEntries(
  git: Git,
  tree: ObjectId,
  paths: Iterable<RepoPath>,
): Promise<Map<RepoPath, TreeEntry>> {
  const wanted = new Set([...paths].filter(isRepoPath));
  const lines = wanted.size > MANY_PATHS ? [[]] : commandLines(wanted);
  const found = new Map<RepoPath, TreeEntry>();
  for (const line of lines) {
    const entries = await git.run(listTree(objectId(tree), line, true));
    for (const entry of entries) if (wanted.has(entry.path)) found.set(entry.path, entry);
  }
  return found;
}

/** `findEntries` of a commit; without a process when the commit was listed just before. */
export async function findFiles(
  context: Context,
  commit: ObjectId,
  paths: Iterable<RepoPath>,
): Promise<Map<RepoPath, TreeEntry>> {
  const listing = await listings.peek(context, commit);
  // Without sizes nothing tells the files that are too large to be read.
  if (listing === undefined || (await isPartialClone(context)))
    return findEntries(context.git, commit, paths);
  const wanted = new Set(paths);
  return new Map(listing.filter(({ path }) => wanted.has(path)).map((entry) => [entry.path, entry]));
}

export async function readBlob(context: Context, oid: ObjectId): Promise<Buffer> {
  return context.git.catFile(['blob', objectId(oid)]);
}

/** Content of these paths in that commit; absent paths are absent in the map. */
export async function readFiles(
  context: Context,
  commit: ObjectId,
  paths: Iterable<RepoPath>,
): Promise<Map<RepoPath, FileContent>> {
  const entries = [...(await findFiles(context, commit, paths)).values()];
  const blobs = await readBlobs(context, entries.filter(isReadable));
  const contents = new Map<RepoPath, FileContent>();
  for (const entry of entries) {
    const bytes = blobs.get(entry.oid);
    if (entry.mode === '160000') contents.set(entry.path, { kind: 'submodule' });
    else if (entry.mode === '120000') contents.set(entry.path, { kind: 'symlink' });
    else if (bytes) contents.set(entry.path, classifyBlob(bytes, entry.mode === '100755'));
    else contents.set(entry.path, { kind: 'too-large' });
  }
  return contents;
}

function isReadable(entry: TreeEntry): boolean {
  return entry.mode.startsWith('100') && (entry.size ?? 0) <= LARGEST_TEXT;
}

/** The files of a prompt, which the next one shows again. */
const recent = createMemory<Buffer>(64);

/** Spares reading a file that was written just now. */
export async function rememberBlob(context: Context, oid: ObjectId, bytes: Buffer): Promise<void> {
  await recent.recall(context, oid, async () => bytes);
}

async function readBlobs(context: Context, entries: readonly TreeEntry[]): Promise<Map<ObjectId, Buffer>> {
  const blobs = new Map<ObjectId, Buffer>();
  for (const { oid } of entries) {
    const known = await recent.peek(context, oid);
    if (known !== undefined) blobs.set(oid, known);
  }
  for (const batch of batches(entries.filter(({ oid }) => !blobs.has(oid)))) {
    const output = await context.git.catFile(['--batch'], batch.map((oid) => `${oid}\n`).join(''));
    for (const [oid, bytes] of parseBatch(output)) {
      blobs.set(oid, await recent.recall(context, oid, async () => bytes));
    }
  }
  return blobs;
}

function* batches(entries: readonly TreeEntry[]): Generator<ObjectId[]> {
  let batch = new Set<ObjectId>();
  let bytes = 0;
  for (const { oid, size } of entries) {
    if (batch.size > 0 && bytes + (size ?? 0) > BATCH_BYTES) {
      yield [...batch];
      batch = new Set();
      bytes = 0;
    }
    batch.add(oid);
    bytes += size ?? 0;
  }
  if (batch.size > 0) yield [...batch];
}

/** `<oid> <type> <size>\n<content>\n` for each object. */
function* parseBatch(output: Buffer): Generator<[ObjectId, Buffer]> {
  let at = 0;
  while (at < output.length) {
    const end = output.indexOf('\n', at);
    const [oid = '', type = '', size = ''] = output.toString('latin1', at, end).split(' ');
    if (type !== 'blob') {
      throw repositoryError(
        'object-missing',
        `The object ${oid} is missing in the repository.`,
        'Run: git fsck',
      );
    }
    const from = end + 1;
    at = from + Number(size) + 1;
    yield [oid, output.subarray(from, at - 1)];
  }
}

function listTree(commit: ObjectId, paths: readonly RepoPath[], sizes: boolean): GitCommand<TreeEntry[]> {
  const options = ['-r', '-z', '--full-tree', ...(sizes ? ['--long'] : [])];
  return {
    args: ['ls-tree', ...options, '--end-of-options', commit, ...(paths.length > 0 ? ['--', ...paths] : [])],
    parse: (output) => output.split('\0').flatMap(parseEntry),
  };
}

/** `<mode> <type> <oid>[ <size>]\t<path>`; the size is `-` for submodules and `BAD` for missing objects. */
function parseEntry(record: string): TreeEntry[] {
  const tab = record.indexOf('\t');
  const path = record.slice(tab + 1);
  // A name that is not UTF-8 can't be written in a task or a reply, and this string would name another file. The
  // file itself is carried over: commits start from the whole tree.
  if (tab < 0 || path.includes('\uFFFD')) return [];
  const [mode = '', , oid = '', size = '-'] = record.slice(0, tab).split(/ +/);
  return [{ path, mode, oid, size: /^\d+$/.test(size) ? Number(size) : undefined }];
}

/** Decided when a repository is cloned. */
const partial = createMemory<boolean>(1);

export async function isPartialClone(context: Context): Promise<boolean> {
  return partial.recall(context, '', async () =>
    context.git.run({
      args: [
        'config',
        '-z',
        '--name-only',
        '--get-regexp',
        String.raw`^(extensions\.partialclone|remote\..*\.promisor)$`,
      ],
      exits: [1],
      parse: (output) => output !== '',
    }),
  );
}
