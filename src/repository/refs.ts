import type { Context } from './context.js';
import { GitFailed, repositoryError } from './failures.js';
import type { GitCommand } from './git.js';
import { objectId, zeroLike } from './names.js';
import { createMemory } from './object-memory.js';
import type { BranchInfo, ObjectId } from './repository.js';
import { parseTrailers } from './trailers.js';

export const HEADS = 'refs/heads/';
const OWN = 'refs/nexus/';

/** All branches whose names start with `prefix`, with one process. */
export async function branches(context: Context, prefix: string): Promise<BranchInfo[]> {
  if (isPattern(prefix)) return [];
  return branchesAmong(await context.git.run(listRefs([folderOf(prefix)])), prefix);
}

export async function branch(context: Context, name: string): Promise<BranchInfo | undefined> {
  if (isPattern(name) || name === '' || name.endsWith('/')) return undefined;
  const found = branchesAmong(await context.git.run(listRefs([HEADS + name])), name);
  return found.find((candidate) => candidate.name === name);
}

/** Every look at the tasks begins with both, so both come from one process. */
export async function branchesAndRefs(
  context: Context,
  prefix: string,
  below: string,
): Promise<{ branches: BranchInfo[]; refs: Map<string, ObjectId> }> {
  const found = await context.git.run(listRefs([...(isPattern(prefix) ? [] : [folderOf(prefix)]), below]));
  const others = found.filter(({ ref }) => ref.startsWith(below));
  return {
    branches: isPattern(prefix) ? [] : branchesAmong(found, prefix),
    refs: new Map(others.map(({ ref, tip }) => [ref, tip])),
  };
}

function branchesAmong(found: readonly Ref[], prefix: string): BranchInfo[] {
  return found.flatMap(({ ref, tip, trailers }) =>
    ref.startsWith(HEADS + prefix)
      ? [{ name: ref.slice(HEADS.length), tip, trailers: parseTrailers(trailers) }]
      : [],
  );
}

/** What `for-each-ref` lists below a prefix: whole folders. */
function folderOf(prefix: string): string {
  return HEADS + prefix.slice(0, prefix.lastIndexOf('/') + 1);
}

// No ref name has these letters, but `for-each-ref` would read them as a pattern.
function isPattern(name: string): boolean {
  return /[*?[\\\0]/.test(name);
}

interface Ref {
  ref: string;
  tip: ObjectId;
  /** As git prints them; empty for what is not a commit. */
  trailers: string;
}

function listRefs(below: readonly string[]): GitCommand<Ref[]> {
  return {
    args: ['for-each-ref', '--format=%(refname)%00%(objectname)%00%(trailers:only,unfold)%00', ...below],
    parse: (output) => {
      const fields = output.split('\0');
      const found: Ref[] = [];
      for (let at = 0; at + 2 < fields.length; at += 3) {
        const [ref = '', tip = '', trailers = ''] = fields.slice(at, at + 3);
        // Records are separated by the line end that follows the last field.
        found.push({ ref: ref.trimStart(), tip, trailers });
      }
      return found;
    },
  };
}

/** All refs below `prefix` (a folder: `refs/nexus/history/`) by full name. */
export async function refs(context: Context, prefix: string): Promise<Map<string, ObjectId>> {
  if (isPattern(prefix) || !prefix.startsWith('refs/')) return new Map();
  return context.git.run({
    args: ['for-each-ref', '--format=%(refname)%00%(objectname)', prefix],
    parse: (output) => {
      const lines = output.split('\n').filter((line) => line !== '');
      return new Map(
        lines.map((line) => [line.slice(0, line.indexOf('\0')), line.slice(line.indexOf('\0') + 1)]),
      );
    },
  });
}

/** Any ref below `refs/nexus/`; nobody has these checked out. `expected` undefined: create or overwrite. */
export async function writeRef(
  context: Context,
  ref: string,
  to: ObjectId,
  expected?: ObjectId,
): Promise<void> {
  await requireOwnRef(context, ref);
  const old = expected === undefined ? [] : [objectId(expected)];
  await moveRef(context, ref, ['--create-reflog', '-m', 'nexus', ref, objectId(to), ...old]);
}

/** Deletes a ref below `refs/nexus/`; one that does not exist is fine. */
export async function deleteRef(context: Context, ref: string): Promise<void> {
  await requireOwnRef(context, ref);
  await moveRef(context, ref, ['-d', ref]);
}

/** `update-ref` with a readable error when the ref is not where it should be. */
export async function moveRef(context: Context, ref: string, args: readonly string[]): Promise<void> {
  try {
    await context.git.run({ args: ['update-ref', ...args], parse: () => undefined });
  } catch (error) {
    if (!(error instanceof GitFailed) || error.code !== 'git-failed') throw error;
    const name = ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref;
    throw repositoryError(
      'branch-moved',
      `${name} is no longer where Nexus left it; somebody moved or deleted it meanwhile.`,
      `Look at it with: git log ${name}. Then start the task again.`,
      error,
    );
  }
}

/** Whether a name is allowed follows from the name alone. */
const validNames = createMemory<boolean>(64);

async function requireOwnRef(context: Context, ref: string): Promise<void> {
  if (!ref.startsWith(OWN)) throw invalidName(ref, `Refs of Nexus are below ${OWN}.`);
  await requireRefName(context, ref);
}

/** @throws NexusError `branch-name-invalid` when git would not take it as the name of a ref */
export async function requireRefName(context: Context, ref: string): Promise<void> {
  const name = ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref;
  if (name.startsWith('-') || name === 'HEAD' || ref.includes('\0')) throw invalidName(name);
  const valid = await validNames.recall(context, ref, async () =>
    context.git.run({ args: ['check-ref-format', ref], exits: [1], parse: (_, exit) => exit === 0 }),
  );
  if (!valid) throw invalidName(name);
}

function invalidName(name: string, remedy = 'See: git help check-ref-format'): Error {
  return repositoryError(
    'branch-name-invalid',
    `git does not allow the name ${JSON.stringify(name)}.`,
    remedy,
  );
}

/** What must be true of `update-ref`'s old value: this commit, or that there is none. */
export function oldValue(expected: ObjectId | undefined, to: ObjectId): ObjectId {
  return expected === undefined ? zeroLike(to) : objectId(expected);
}
