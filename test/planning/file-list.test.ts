import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateTokens } from '../../src/models/token-estimate.js';
import { guessFiles, renderPaths, selectPaths } from '../../src/planning/file-list.js';
import type { TreeEntry } from '../../src/repository/repository.js';
import { makeTree } from '../support/make-task.js';

function select(
  files: readonly (string | Partial<TreeEntry>)[],
  text = '',
  maxTokens = 1000,
): ReturnType<typeof selectPaths> {
  return selectPaths({ tree: makeTree(...files), text, maxTokens, estimate: (path) => estimateTokens(path) });
}

describe('the list of files', () => {
  test('has what a model may read, in the order of the tree', () => {
    const files = [
      'src/b.js',
      'a.md',
      'logo.png',
      'node_modules/x/index.js',
      'yarn.lock',
      { path: 'link', mode: '120000' },
      { path: 'module', mode: '160000', size: undefined },
      { path: 'huge.txt', size: 200_001 },
      { path: 'run.sh', mode: '100755' },
      'build.ts',
      'a\nb.js',
      'a\u001b[31m.js',
      'a\u202Eb.js',
      '..\\a.js',
    ];
    expect(select(files)).toEqual({ paths: ['src/b.js', 'a.md', 'run.sh', 'build.ts'], omitted: 0 });
  });

  test('that is too long keeps what the task speaks of, then what lies higher', () => {
    const files = ['deep/er/file.js', 'top.js', 'src/userName/model.js', 'a/b.js', 'c/d.js'];
    expect(select(files, 'Show the user name', 13)).toEqual({
      paths: ['top.js', 'src/userName/model.js'],
      omitted: 3,
    });
  });

  test('has an end however large the model is', () => {
    const files = Array.from({ length: 20_000 }, (_, index) => `f${index}.js`);
    const before = process.cpuUsage();
    const { paths, omitted } = select(files, 'some task', 1e9);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000);
    expect([paths.length, omitted]).toEqual([1000, 19_000]);
  });

  test('never takes more than it may, and says how many are missing', () => {
    const path = fc.string({ minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 30 }), fc.nat(200), (files, maxTokens) => {
        const all = select(files, '', 1e9).paths;
        const { paths, omitted } = select(files, 'a b c', maxTokens);
        expect(paths.reduce((sum, one) => sum + estimateTokens(one) + 1, 0)).toBeLessThanOrEqual(maxTokens);
        expect(all.filter((one) => paths.includes(one))).toEqual(paths);
        expect(paths.length + omitted).toBe(all.length);
        expect(renderPaths(paths, 0).split('\n')).toHaveLength(1 + Math.max(1, paths.length));
      }),
    );
  });

  test('is rendered with what is missing', () => {
    expect(renderPaths(['a', 'b'], 3)).toBe(
      '# Files of the repository\na\nb\n(and 3 more files that are not listed)',
    );
    expect(renderPaths([], 0)).toBe('# Files of the repository\n(none yet)');
  });
});

describe('a guess', () => {
  const tree = makeTree('src/slug.js', 'src/user.js', 'test/slug.test.js', 'a.js', 'b.js');
  test('is what shares words with the task', () => {
    expect(guessFiles(tree, 'Mend the slug', 3)).toEqual(['src/slug.js', 'test/slug.test.js']);
    expect(guessFiles(tree, 'Mend the slug', 1)).toEqual(['src/slug.js']);
    expect(guessFiles(tree, 'Make it better', 3)).toEqual([]);
  });

  test('is all of a repository that has no more', () => {
    expect(guessFiles(tree, 'Make it better', 5)).toHaveLength(5);
    expect(guessFiles([], 'Make it better', 5)).toEqual([]);
  });
});
