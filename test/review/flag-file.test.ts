import { describe, expect, it } from 'vitest';
import type { ChangedFile } from '../../src/repository/repository.js';
import { flagFile } from '../../src/review/flag-file.js';

const file = (path: string, values: Partial<ChangedFile> = {}): ChangedFile => ({
  path,
  from: undefined,
  status: 'modified',
  added: 1,
  deleted: 2,
  ...values,
});
const flagsOf = (path: string, values?: Partial<ChangedFile>): string[] =>
  flagFile(file(path, values)).map(({ flag }) => flag);

describe('flagFile', () => {
  it.each([
    ['tasks.yml', 'nexus'],
    ['.nexus/templates/plan.md', 'nexus'],
    ['.github/workflows/ci.yml', 'ci'],
    ['.gitlab-ci.yml', 'ci'],
    ['deploy/Jenkinsfile', 'ci'],
    ['.husky/pre-commit', 'hooks'],
    ['lefthook.yml', 'hooks'],
    ['.lefthook-local.yaml', 'hooks'],
    ['packages/a/package.json', 'checks'],
    ['vitest.config.ts', 'checks'],
    ['a/jest.config.cjs', 'checks'],
    ['vite.config.js', 'checks'],
    ['.mocharc.json', 'checks'],
    ['.eslintrc', 'checks'],
    ['eslint.config.mjs', 'checks'],
    ['.oxlintrc.json', 'checks'],
    ['biome.json', 'checks'],
    ['tsconfig.build.json', 'checks'],
    ['pyproject.toml', 'checks'],
    ['tests/conftest.py', 'checks'],
    ['makefile', 'checks'],
    ['Cargo.toml', 'checks'],
    ['package-lock.json', 'dependencies'],
    ['go.sum', 'dependencies'],
    ['requirements-dev.txt', 'dependencies'],
  ])('%s is flagged as %s', (path, flag) => {
    expect(flagsOf(path)).toContain(flag);
  });

  it.each([
    'src/app.js',
    'docs/tasks.yml.md',
    'src/vitality.ts',
    'src/contest.js',
    'lib/latest/a.js',
    'src/jester.js',
  ])('%s is an ordinary file', (path) => {
    expect(flagsOf(path)).toEqual([]);
  });

  it.each([
    'test/app.js',
    'src/__tests__/a.ts',
    'src/a.test.ts',
    'a_test.go',
    'test_a.py',
    'src/a.spec.tsx',
    'spec/a_spec.rb',
    'src/FooTest.java',
    'src/__snapshots__/a.snap',
  ])('%s is a test: changing it is worth a look, adding one is not', (path) => {
    expect(flagFile(file(path))).toEqual([
      { flag: 'test-changed', why: 'a test that existed was changed, 2 lines replaced' },
    ]);
    expect(flagsOf(path, { status: 'deleted' })).toEqual(['test-deleted']);
    expect(flagsOf(path, { status: 'added' })).toEqual([]);
  });

  it('says no number of lines where there is none', () => {
    expect(flagFile(file('test/a.js', { deleted: 0 }))[0]?.why).toBe('a test that existed was changed');
    expect(flagFile(file('test/a.png', { deleted: undefined }))[0]?.why).toBe(
      'a test that existed was changed',
    );
  });

  it('sees a test that is moved to where it may not run', () => {
    expect(flagsOf('old/app.js', { from: 'test/app.js', status: 'renamed' })).toEqual(['test-deleted']);
    expect(flagsOf('test/b.js', { from: 'test/a.js', status: 'renamed' })).toEqual(['test-changed']);
    expect(flagsOf('test/b.js', { from: 'src/a.js', status: 'renamed' })).toEqual([]);
  });

  it('judges a renamed file by both names', () => {
    expect(flagsOf('build/old.mk.txt', { from: 'Makefile', status: 'renamed' })).toEqual(['checks']);
  });

  it('puts first what the configuration protects', () => {
    const flags = flagFile(file('package.json'), (path) =>
      path === 'package.json' ? 'it matches *.json' : undefined,
    );
    expect(flags[0]).toEqual({ flag: 'protected', why: 'it matches *.json' });
  });
});
