import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { FileChange } from '../../src/edits/types.js';
import { commitDirectly } from '../../src/repository/commit-directly.js';
import type { Context } from '../../src/repository/context.js';
import { Git } from '../../src/repository/git.js';
import { repositoryOf } from '../../src/repository/git-repository.js';
import { treeOf } from '../../src/repository/revisions.js';
import { commitThroughIndex } from '../../src/repository/write.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

/*
 * A commit written without an index against the same one written through git's own: trees, refusals, and what the
 * repository then believes of it.
 */

const FILES: Record<string, string> = {
  a: 'a\n',
  'a-b': 'ab\n',
  'a.b/c': 'abc\n',
  'src/a.ts': 'x\n',
  'src/b/one': '1\n',
  'src/b/two': '2\n',
  'src/b0': 'b0\n',
  'very/deep/down/here': 'h\n',
  'zo\u00eb/\u{1F600}': 'u\n',
};
const NAMES = [
  ...Object.keys(FILES),
  'src',
  'src/b',
  'a/x',
  'new',
  'new/x',
  'new/y/z',
  'SRC/a.ts',
  'src/B',
  '\uFF5E',
  'zo\u00eb/\u{10000}',
  'link',
  'link/x',
  'bytes/new',
  'nul',
  '.git/config',
  'src/.GIT/x',
  'a//b',
  'src/./x',
  'end.',
  '\uD800',
];

const open: TempRepository[] = [];
afterEach(() => {
  for (const temp of open.splice(0)) temp.dispose();
});

function createProject(objectFormat: 'sha1' | 'sha256' = 'sha1'): { temp: TempRepository; base: string } {
  const temp = createTempRepository({ objectFormat });
  open.push(temp);
  // A name that is no text, and what is no plain file.
  temp.write('bytes/x', 'x\n');
  const weird = Buffer.concat([Buffer.from(join(temp.path, 'bytes/')), Buffer.from([0xff, 0xfe])]);
  writeFileSync(weird, 'w\n');
  symlinkSync('a', join(temp.path, 'link'));
  temp.write('run.sh', 'run\n');
  chmodSync(join(temp.path, 'run.sh'), 0o755);
  return { temp, base: temp.commit('Project', FILES) };
}

/** A fresh look: it remembers nothing. */
function contextOf({ path }: TempRepository): Context {
  const commonDir = join(path, '.git');
  const git = Git.in(path).at({ root: path, commonDir });
  return { root: path, commonDir, gitDir: commonDir, version: [2, 39], git };
}

const path = fc.constantFrom(...NAMES);
const newText = fc.constantFrom('', 'x\n', 'new\r\n', 'h\n');
const oldText = (name: string): string => FILES[name] ?? 'x\n';
const change: fc.Arbitrary<FileChange> = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), path, newText }),
  path.chain((name) =>
    fc.record({
      kind: fc.constant('modify' as const),
      path: fc.constant(name),
      oldText: fc.constant(oldText(name)),
      newText,
    }),
  ),
  path.map((name): FileChange => ({ kind: 'delete', path: name, oldText: oldText(name) })),
  fc.tuple(path, path, newText).map(([from, to, text]): FileChange => ({
    kind: 'rename',
    from,
    path: to,
    oldText: oldText(from),
    newText: text,
  })),
);

const message = 'Subject\n\nSome: words\nof a body\n\nNexus-Task: t1\nAssisted-by: model:7b\n';

const MESSAGES = [
  message,
  'One line\n',
  'One line',
  'Two\nlines\n\nKey: value\n',
  'Subject\n\nNexus-Task: a\n',
  'Subject\n\nBody only\n',
  'Subject\n\n\nBody\n\nKey: value\n',
  'Subject\n\nBody\n\n---\nKey: value\n',
  'Subject\n\nBody\n\n---\n\nmore\n\nKey: value\n',
  'Subject\n\nBody\n\nKey: value\n\n',
  'Subject\n\nBody\n\nKey:value\nOther: a\n',
  'Subject\n\nBody\n\nKey: value\n folded\n',
  'Subject\n\n  Body\n\nKey: a: b\nKey: c\nSigned-off-by: Somebody <x@y>\n',
  'Subject\r\n\r\nBody\n\nKey: value\n',
  'Sübject …\n\n# comment\n\nKey: #1\n',
  '',
];

type Outcome = { tree: string } | { code: unknown; message: string };

async function outcomeOf(context: Context, made: () => Promise<string | undefined>): Promise<Outcome> {
  try {
    const oid = await made();
    return { tree: oid === undefined ? 'none' : await treeOf(context, oid) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { code: 'code' in error ? error.code : undefined, message: error.message };
  }
}

describe('a commit without an index', () => {
  it.each(['sha1', 'sha256'] as const)('has the tree that an index gives, or none (%s)', async (format) => {
    const { temp, base } = createProject(format);
    const [context, other] = [contextOf(temp), contextOf(temp)];
    let direct = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const input = { parent: base, changes, message };
        const ours = await outcomeOf(context, () => commitDirectly(context, input));
        // Where this way says nothing the index decides.
        if ('tree' in ours && ours.tree === 'none') return;
        direct += 1;
        const theirs = await outcomeOf(other, () => commitThroughIndex(other, input));
        expect(ours).toEqual(theirs);
      }),
      { numRuns: format === 'sha1' ? 50 : 20, seed: 2026 },
    );
    expect(direct).toBeGreaterThan(10);
    expect(temp.git(['fsck', '--strict', '--no-dangling'])).toBe('');
  });

  it('is remembered as git tells it', async () => {
    const { temp, base } = createProject();
    const context = contextOf(temp);
    const ours = repositoryOf(context);
    await ours.listFiles(base);
    const changes: FileChange[] = [
      { kind: 'create', path: 'zo\u00eb/\u{10000}', newText: 'ä\n' },
      { kind: 'create', path: 'zo\u00eb/\uFF5E', newText: 'b\n' },
      { kind: 'create', path: 'a+', newText: 'c\n' },
      { kind: 'modify', path: 'src/b/one', oldText: '1\n', newText: 'one\n' },
      { kind: 'modify', path: 'src/b0', oldText: 'b0\n', newText: 'b0\n' },
      { kind: 'modify', path: 'run.sh', oldText: 'run\n', newText: 'walk\n' },
    ];
    const first = await ours.commit({ parent: base, changes, message });
    const second = await ours.commit({
      parent: first,
      changes: [{ kind: 'delete', path: 'very/deep/down/here', oldText: 'h\n' }],
      message,
    });
    for (const oid of [first, second]) {
      const fresh = repositoryOf(contextOf(temp));
      expect(await ours.treeOf(oid)).toBe(await fresh.treeOf(oid));
      expect(await ours.listFiles(oid)).toEqual(await fresh.listFiles(oid));
      expect(await ours.readCommit(oid)).toEqual(await fresh.readCommit(oid));
      const paths = NAMES.filter((name) => !name.includes('\uD800'));
      expect(await ours.readFiles(oid, paths)).toEqual(await fresh.readFiles(oid, paths));
    }
    expect(temp.git(['fsck', '--strict', '--no-dangling'])).toBe('');
  });

  it('says what `git commit-tree` would have said of it', async () => {
    const { temp, base } = createProject();
    const context = contextOf(temp);
    const ours = repositoryOf(context);
    const [other, fresh] = [contextOf(temp), repositoryOf(contextOf(temp))];
    const changes: FileChange[] = [{ kind: 'modify', path: 'a', oldText: 'a\n', newText: 'b\n' }];
    const raw = (commit: string): string =>
      temp
        .git(['cat-file', 'commit', commit])
        .replaceAll(/^(author|committer) (.*) \d+ ([+-]\d+)$/gm, '$1 $2 0 $3');
    for (const text of MESSAGES) {
      const input = { parent: base, changes, message: text };
      const oid = await commitDirectly(context, input);
      if (oid === undefined) throw new Error('it was not written');
      expect(raw(oid)).toBe(raw(await commitThroughIndex(other, input)));
      expect(await ours.readCommit(oid)).toEqual(await fresh.readCommit(oid));
    }
  });

  it('is not made where it can’t be sure', async () => {
    const { temp, base } = createProject();
    const direct = (changes: FileChange[], text = message, parent = base) =>
      commitDirectly(contextOf(temp), { parent, changes, message: text });
    const create = (name: string): FileChange[] => [{ kind: 'create', path: name, newText: 'x\n' }];
    expect(await direct(create('new'), 'With a \0 in it\n')).toBeUndefined();
    expect(await direct(create('new'), message, '1'.repeat(40))).toBeUndefined();
    for (const name of ['aux.txt', 'a:b', 'line\nend', '.git/x', 'src', 'a/x', '\uDC00'])
      expect(await direct(create(name))).toBeUndefined();
    // A tree that git does not write any more.
    const blob = temp.git(['rev-parse', `${base}:a`]);
    const tree = Buffer.concat([Buffer.from('100664 old\0'), Buffer.from(blob, 'hex')]);
    const odd = temp.git(['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], { input: tree });
    const parent = temp.git(['commit-tree', odd, '-m', 'Odd']);
    expect(await direct(create('new'), message, parent)).toBeUndefined();
    const written = await repositoryOf(contextOf(temp)).commit({ parent, changes: create('new'), message });
    expect(temp.git(['ls-tree', written])).toContain('100644 blob');
  });

  it('is left to the index in a clone that lacks objects, and where git can’t write objects like that', async () => {
    const { temp, base } = createProject();
    const input = { parent: base, changes: [], message };
    expect(await commitDirectly(contextOf(temp), input)).toEqual(expect.any(String));
    temp.git(['config', 'remote.origin.promisor', 'true']);
    expect(await commitDirectly(contextOf(temp), input)).toBeUndefined();
    temp.git(['config', '--unset', 'remote.origin.promisor']);
    const context = contextOf(temp);
    const broken = context.git.with({ config: [] });
    broken.run = async (command) => {
      if (command.args[0] === 'unpack-objects') await context.git.run({ ...command, input: 'no pack' });
      return context.git.run(command);
    };
    expect(await commitDirectly({ ...context, git: broken }, input)).toBeUndefined();
  });

  it('says so when the repository is gone', async () => {
    const { temp, base } = createProject();
    const context = contextOf(temp);
    rmSync(context.commonDir, { recursive: true });
    const input = { parent: base, changes: [], message };
    await expect(commitDirectly(context, input)).rejects.toMatchObject({ code: 'repository-gone' });
  });
});
