import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { snapshotCheckout } from './checkout-snapshot.js';
import { createTempRepository, type TempRepository, type TempRepositoryOptions } from './temp-repository.js';

const PROJECT = { 'a/b.txt': 'b\n', 'ä ö.txt': '', 'exactly-8': 'x', [`${'long/'.repeat(40)}y`]: 'y' };

/** The first is made by git, the second is the copy. */
function makeTwo(options: TempRepositoryOptions): [TempRepository, TempRepository] {
  const two: [TempRepository, TempRepository] = [
    createTempRepository(options),
    createTempRepository(options),
  ];
  onTestFinished(() => two.forEach((repository) => repository.dispose()));
  return two;
}

describe('a copied repository', () => {
  it.each<TempRepositoryOptions>([
    { project: PROJECT },
    { project: PROJECT, objectFormat: 'sha256' },
    { project: {} },
    { identity: false, firstCommit: false },
  ])('is what git made (%#)', (options) => {
    const [made, copied] = makeTwo({ ...options });
    const { 'common:index': madeIndex, ...original } = snapshotCheckout(made.path);
    const { 'common:index': copiedIndex, ...copy } = snapshotCheckout(copied.path);
    expect(copy).toEqual(original);
    expect(copiedIndex === undefined).toBe(madeIndex === undefined);
    expect(copied.git(['fsck', '--strict', '--no-dangling'])).toBe('');
    expect(copied.git(['ls-files', '--stage'])).toBe(made.git(['ls-files', '--stage']));
  });

  it('has an index that git need not refresh, and that sees what changes', () => {
    const [, copied] = makeTwo({ project: PROJECT, name: 'copy of it' });
    // Unlike `status`, these two never look into a file.
    expect(copied.git(['diff-files', '--name-only'])).toBe('');
    expect(copied.git(['diff-index', '--name-only', 'HEAD'])).toBe('');
    expect(copied.git(['status', '--porcelain'])).toBe('');
    copied.write('a/b.txt', 'B\n');
    expect(copied.git(['diff-files', '--name-only'])).toBe('a/b.txt');
    expect(copied.git(['status', '--porcelain'])).toBe(' M a/b.txt');
  });

  it('is nobody else’s', () => {
    const [made, copied] = makeTwo({ project: PROJECT });
    const before = made.git(['rev-parse', 'HEAD']);
    const commit = copied.commit('More', { 'c.txt': 'c' });
    expect(copied.git(['rev-parse', 'HEAD'])).toBe(commit);
    expect(made.git(['rev-parse', 'HEAD'])).toBe(before);
    const [third] = makeTwo({ project: PROJECT });
    expect(third.git(['rev-parse', 'HEAD'])).toBe(before);
    const object = join('.git', 'objects', before.slice(0, 2), before.slice(2));
    expect(statSync(join(third.path, object)).ino).not.toBe(statSync(join(made.path, object)).ino);
    expect(readFileSync(join(third.path, 'a', 'b.txt'), 'utf8')).toBe('b\n');
  });
});
