import { describe, expect, it } from 'vitest';
import type { FileChange } from '../../src/edits/types.js';
import { blobId, planTree } from '../../src/repository/plan-tree.js';
import type { TreeEntry } from '../../src/repository/repository.js';

const SHA1 = '0'.repeat(40);
const entries = new Map<string, TreeEntry>(
  Object.entries({ a: '100644', b: '100755', link: '120000', module: '160000' }).map(([path, mode]) => [
    path,
    { path, mode, oid: blobId(`old ${path}`, SHA1), size: 1 },
  ]),
);

const modify = (path: string): FileChange => ({
  kind: 'modify',
  path,
  oldText: `old ${path}`,
  newText: 'new',
});
const remove = (path: string): FileChange => ({ kind: 'delete', path, oldText: `old ${path}` });
const create = (path: string): FileChange => ({ kind: 'create', path, newText: 'new' });
const rename = (from: string, path: string): FileChange => ({
  kind: 'rename',
  from,
  path,
  oldText: `old ${from}`,
  newText: `was ${from}`,
});

describe('planTree', () => {
  it.each<[string, FileChange[], string[], string[]]>([
    ['keeps the mode of a changed file', [modify('a'), modify('b')], [], ['a 100644 new', 'b 100755 new']],
    ['gives new files the plain mode', [create('c/d')], [], ['c/d 100644 new']],
    ['takes the mode along in a rename', [rename('b', 'c')], ['b'], ['c 100755 was b']],
    ['swaps two files', [rename('a', 'b'), rename('b', 'a')], [], ['b 100644 was a', 'a 100755 was b']],
    ['replaces a deleted file by a new one', [remove('b'), create('b')], [], ['b 100644 new']],
    ['makes a folder of a file', [remove('a'), create('a/x')], ['a'], ['a/x 100644 new']],
    ['deletes', [remove('a')], ['a'], []],
    ['does nothing', [], [], []],
  ])('%s', (_, changes, removals, writes) => {
    const plan = planTree(changes, entries);
    expect(plan.removals).toEqual(removals);
    expect(plan.writes.map(({ path, mode, text }) => `${path} ${mode} ${text}`)).toEqual(writes);
  });

  it.each<[string, FileChange[]]>([
    ['exists already', [create('a')]],
    ['exists already', [rename('a', 'b')]],
    ['does not exist', [modify('c')]],
    ['does not exist', [remove('c')]],
    ['does not exist', [rename('c', 'd')]],
    ['is a symlink', [modify('link')]],
    ['is a symlink', [remove('module')]],
    ['another content', [{ kind: 'modify', path: 'a', oldText: 'guessed', newText: 'x' }]],
    ['another content', [{ kind: 'delete', path: 'a', oldText: 'old a\r' }]],
    ['changed twice', [modify('a'), modify('a')]],
    ['changed twice', [remove('a'), remove('a')]],
    ['changed twice', [remove('a'), modify('a')]],
    ['changed twice', [rename('a', 'c'), rename('a', 'd')]],
    ['changed twice', [create('c'), create('c')]],
    ['backslash', [create('a\\b')]],
    ['backslash', [rename('a', '..\\b')]],
    ...[
      '',
      '/etc/passwd',
      '../x',
      'a/../b',
      './a',
      'a//b',
      'a/',
      'x\0y',
      '.git/config',
      'sub/.GIT/hooks/x',
      '.git ',
      '.git.',
      'git~1/x',
      '.git::$INDEX_ALLOCATION/x',
      '.g\u200cit/x',
    ].map((path): [string, FileChange[]] => ['not a path inside', [create(path)]]),
  ])('refuses: %s (%j)', (reason, changes) => {
    const refused = expect.objectContaining({
      code: 'change-refused',
      message: expect.stringContaining(reason),
    });
    expect(() => planTree(changes, entries)).toThrow(refused);
  });

  it('allows names that only look like git folders', () => {
    const names = ['.gitignore', '.github/x', 'git/x', 'a.git/x', '.gitmodules'];
    expect(planTree(names.map(create), entries).writes.map(({ path }) => path)).toEqual(names);
  });
});
