import type { Context } from './context.js';
import type { GitCommand } from './git.js';
import { commandLines, objectId } from './names.js';
import { createMemory } from './object-memory.js';
import type { RepoPath } from '../edits/types.js';
import type { ChangedFile, CommitInfo, ObjectId } from './repository.js';
import { parseTrailers } from './trailers.js';

const FIELDS = ['%H', '%P', '%T', '%ae', '%ce', '%s', '%b', '%(trailers:only,unfold)'];

/** Commits in `base..tip`, oldest first. */
export async function log(context: Context, base: ObjectId, tip: ObjectId): Promise<CommitInfo[]> {
  return context.git.run({
    args: [
      'log',
      '-z',
      '--reverse',
      '--topo-order',
      // Whatever `log.*` settings say, only the format below is printed.
      '--no-patch',
      '--no-notes',
      '--no-show-signature',
      `--format=${FIELDS.join('%x00')}`,
      '--end-of-options',
      `${objectId(base)}..${objectId(tip)}`,
    ],
    parse: (output) => parseCommits(output.split('\0')),
  });
}

function parseCommits(fields: readonly string[]): CommitInfo[] {
  const commits: CommitInfo[] = [];
  for (let at = 0; at + FIELDS.length <= fields.length; at += FIELDS.length) {
    const [
      oid = '',
      parents = '',
      tree = '',
      authorEmail = '',
      committerEmail = '',
      subject = '',
      body = '',
      trailers = '',
    ] = fields.slice(at, at + FIELDS.length);
    commits.push({
      oid,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      tree,
      subject,
      body,
      authorEmail,
      committerEmail,
      trailers: parseTrailers(trailers),
    });
  }
  return commits;
}

/** Plumbing, so that no `diff.*` setting of the user's changes the format, and no program of theirs is started. */
const DIFF_TREE = ['diff-tree', '-r', '-M', '--no-ext-diff', '--no-textconv'];

const comparisons = createMemory<readonly ChangedFile[]>(16);

/** How files differ between two commits, renames found. */
export async function changedFiles(
  context: Context,
  from: ObjectId,
  to: ObjectId,
): Promise<readonly ChangedFile[]> {
  return comparisons.recall(context, `${from}..${to}`, async () =>
    context.git.run({
      args: [...DIFF_TREE, '-z', '--raw', '--numstat', '--end-of-options', objectId(from), objectId(to)],
      parse: (output) => parseChangedFiles(output.split('\0')),
    }),
  );
}

interface CommitFacts {
  info: CommitInfo;
  paths: readonly RepoPath[];
}

const commits = createMemory<CommitFacts>(64);

/** Spares asking for a commit that was made just now. */
export async function rememberCommit(context: Context, facts: CommitFacts): Promise<void> {
  await commits.recall(context, facts.info.oid, async () => facts);
}

/** A commit, and the paths of the files that differ from those of its only parent, with one process. */
export async function readCommit(context: Context, oid: ObjectId): Promise<CommitFacts> {
  return commits.recall(context, oid, async () => askForCommit(context, oid));
}

async function askForCommit(context: Context, oid: ObjectId): Promise<CommitFacts> {
  return context.git.run({
    args: [
      ...DIFF_TREE,
      '-z',
      // Also a commit that changes nothing.
      '--always',

      '--raw',
      '--numstat',
      '--no-notes',
      `--format=${FIELDS.join('%x00')}%x00`,
      '--end-of-options',
      objectId(oid),
    ],
    parse: (output) => {
      const fields = output.split('\0');
      const [info] = parseCommits(fields.splice(0, FIELDS.length));
      if (info === undefined) throw new Error(`git printed no commit for ${oid}`);
      // The line end after the format stands before the first file.
      const first = fields.findIndex((field) => field.trimStart().startsWith(':'));
      const [file = '', ...others] = first < 0 ? [] : fields.slice(first);
      const files = parseChangedFiles([file.trimStart(), ...others]);
      return { info, paths: files.map(({ path }) => path) };
    },
  });
}

function parseChangedFiles(fields: string[]): ChangedFile[] {
  const files = new Map<string, ChangedFile>();
  const next = () => fields.shift() ?? '';
  while (fields[0]?.startsWith(':')) {
    const [oldMode, mode, oldOid, oid, letter = ''] = next().slice(1).split(' ');
    const renamed = letter.startsWith('R');
    const from = renamed ? next() : undefined;
    const path = next();
    const onlyMode = oldOid === oid && oldMode !== mode;
    const status = onlyMode && letter === 'M' ? 'mode-changed' : (STATUS[letter[0] ?? ''] ?? 'modified');
    files.set(path, { path, from, status, added: undefined, deleted: undefined });
  }
  while (fields.length > 1) {
    const [added = '', deleted = '', name = ''] = next().split('\t');
    // A rename has an empty name here, and then both as fields of their own.
    const path = name === '' ? (next(), next()) : name;
    const file = files.get(path);
    if (file && added !== '-') Object.assign(file, { added: Number(added), deleted: Number(deleted) });
  }
  return [...files.values()];
}

const STATUS: Record<string, ChangedFile['status']> = { A: 'added', D: 'deleted', R: 'renamed' };

/** Unified diff as git prints it; `stat` gives the summary (`file | 3 ++-`) instead. */
export async function diff(
  context: Context,
  from: ObjectId,
  to: ObjectId,
  options: { paths?: readonly string[]; color?: boolean; stat?: boolean } = {},
): Promise<string> {
  const format = [
    ...(options.stat ? ['--stat'] : ['-p']),
    ...(options.color ? ['--color=always'] : ['--no-color']),
    '--src-prefix=a/',
    '--dst-prefix=b/',
  ];
  const command = (paths: readonly string[]): GitCommand<string> => ({
    args: [...DIFF_TREE, ...format, '--end-of-options', objectId(from), objectId(to), '--', ...paths],
    parse: (output) => output,
  });
  if (!options.paths) return context.git.run(command([]));
  const parts: string[] = [];
  for (const paths of commandLines(options.paths)) parts.push(await context.git.run(command(paths)));
  return parts.join('');
}
