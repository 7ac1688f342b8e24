import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createProtection, mentionsPath, namedIn, textOf } from '../../src/tasks/protected-paths.js';
import type { Task } from '../../src/tasks/task.js';
import { makeTask } from '../support/make-task.js';

function protectionOf(
  fields: Partial<Task> = {},
  protect: string[] = [],
): (path: string) => string | undefined {
  return createProtection(makeTask({ title: 'Add a slug', ...fields }), { protect, docs: 'docs/nexus' });
}

const FORBIDDEN = [
  'tasks.yml',
  '.nexus.yml',
  '.nexus/templates/plan.md',
  '.gitmodules',
  '.husky/pre-commit',
  '.githooks/pre-push',
  'lefthook.yml',
  '.lefthook.yaml',
  '.pre-commit-config.yaml',
];

const GUARDED = [
  listPaths(
    'it pins dependencies',
    `package-lock.json a/npm-shrinkwrap.json yarn.lock x/pnpm-lock.yaml bun.lock bun.lockb Cargo.lock go.sum poetry.lock
    uv.lock Pipfile.lock Gemfile.lock composer.lock flake.lock deno.lock mix.lock pubspec.lock src/packages.lock.json`,
  ),
  listPaths(
    'it runs in CI',
    `.github/workflows/ci.yml .github/actions/a/action.yml .gitlab-ci.yml .circleci/config.yml azure-pipelines.yml
    Jenkinsfile .travis.yml bitbucket-pipelines.yml .buildkite/p.yml .ci/run`,
  ),
  listPaths(
    'it defines what the checks do',
    `package.json packages/a/package.json Makefile sub/makefile GNUmakefile vitest.config.ts vitest.live.config.ts
    vitest.workspace.ts vite.config.mjs a/jest.config.cjs karma.conf.js .mocharc.yml .eslintrc.json eslint.config.js
    .prettierrc .oxlintrc.json babel.config.js .babelrc biome.jsonc .eslintignore deno.json turbo.json nx.json .npmrc
    .yarnrc.yml bunfig.toml justfile .justfile Taskfile.yaml Rakefile .cargo/config.toml .golangci.yml ruff.toml
    .ruff.toml mypy.ini .mypy.ini .flake8 .pylintrc .coveragerc pytest.ini tox.ini setup.cfg pyproject.toml a/conftest.py
    noxfile.py tsconfig.json tsconfig.build.json build.gradle.kts pom.xml phpunit.xml.dist .rspec`,
  ),
  listPaths('it tells git how to treat files', 'src/.gitattributes'),
].flat();

function listPaths(reason: string, paths: string): [path: string, reason: string][] {
  return paths.split(/\s+/).map((path) => [path, reason]);
}

const OPEN = [
  'src/slug.js',
  'test/slug.test.js',
  'README.md',
  'docs/tasks.yml',
  'src/package.json.js',
  'src/lock.ts',
  'ci/deploy.sh',
  'src/vite.config',
  'mypy/checker.py',
  'docs/nexus/another-task.md',
];

describe('a path that is not to be changed', () => {
  test.each(FORBIDDEN)('%s stays closed, even when the task names it', (path) => {
    const named = protectionOf({ files: [path, '.nexus', '.husky'], description: `Change ${path}.` });
    expect(named(path)).toBe('it steers Nexus or git');
    expect(named(path.toUpperCase())).toBe('it steers Nexus or git');
  });

  test.each(GUARDED)('%s: %s', (path, reason) => {
    expect(protectionOf()(path)).toBe(`${reason} and the task does not name it`);
    expect(protectionOf()(path.toUpperCase())).toBe(`${reason} and the task does not name it`);
    expect(protectionOf({ files: [path] })(path)).toBeUndefined();
    expect(protectionOf({ acceptance: [`\`${path}\` has it.`] })(path)).toBeUndefined();
  });

  test.each(OPEN)('%s is open', (path) => {
    expect(protectionOf()(path)).toBeUndefined();
  });

  test('is the plan document, however it is written', () => {
    expect(protectionOf({ files: ['docs/nexus/a-task.md'] })('Docs/nexus/A-task.md')).toContain(
      'Nexus writes',
    );
  });

  test('is opened by a folder only when all of that folder is closed', () => {
    const isProtected = protectionOf({ files: ['.github/workflows', 'packages/a'] });
    expect(isProtected('.github/workflows/ci.yml')).toBeUndefined();
    expect(isProtected('.github/actions/a.yml')).toContain('CI');
    expect(isProtected('packages/a/package.json')).toContain('checks');
    expect(isProtected('packages/a/src/a.ts')).toBeUndefined();
  });
});

describe('paths that .nexus.yml protects', () => {
  test.each(['infra', 'infra/', './infra', '/infra/', 'infra/**', 'INFRA/*.tf'])('as %s', (glob) => {
    const isProtected = protectionOf({}, [glob]);
    expect(isProtected('infra/main.tf')).toBe('it is protected in .nexus.yml');
    expect(isProtected('src/infra.ts')).toBeUndefined();
  });

  test('are open to the task that names them', () => {
    expect(protectionOf({ files: ['infra/main.tf'] }, ['infra'])('infra/main.tf')).toBeUndefined();
    expect(protectionOf({ files: ['infra'] }, ['infra'])('infra/main.tf')).toBeUndefined();
    expect(protectionOf({ files: ['infra/main.tf'] }, ['infra'])('infra/other.tf')).toContain('.nexus.yml');
  });
});

test('only: true closes all but `files`, also what the text names', () => {
  const isProtected = protectionOf({
    files: ['src/a.js', 'lib'],
    only: true,
    description: 'As src/b.js does.',
  });
  expect(isProtected('src/a.js')).toBeUndefined();
  expect(isProtected('lib/deep/x.js')).toBeUndefined();
  expect(isProtected('src/b.js')).toBe('the task allows only the files it names');
  expect(isProtected('library.js')).toBe('the task allows only the files it names');
  expect(isProtected('lib/package.json')).toContain('checks');
  expect(isProtected('tasks.yml')).toBe('it steers Nexus or git');
});

describe('a path in a text', () => {
  test.each([
    'src/slug.js',
    'Mend src/slug.js.',
    '`src/slug.js`',
    '(src/slug.js:12)',
    'in ./src/slug.js, line 3',
    '"src\\slug.js"',
    'see src/slug.js… and xsrc/slug.js',
    'src/slug.js.map and src/slug.js',
  ])('is named: %s', (text) => {
    expect(mentionsPath(text, 'src/slug.js')).toBe(true);
  });

  test.each([
    '',
    'src/slug.jsx',
    'src/slug.js.map',
    'lib/src/slug.js',
    '../src/slug.js',
    'my-src/slug.js',
    'src/slug.js/x',
    'src/slug.js-old',
    'übersrc/slug.js and ßsrc/slug.js',
    'src/slug.jsé',
    'SRC/slug.js',
  ])('is not named: %s', (text) => {
    expect(mentionsPath(text, 'src/slug.js')).toBe(false);
  });

  test('without a folder is not what an import means', () => {
    expect(mentionsPath("import './text.js'", 'text.js')).toBe(false);
    expect(mentionsPath('the Makefile.', 'Makefile')).toBe(true);
  });

  test('is found where it is a word of its own, whatever stands around it', () => {
    const name = fc.constantFrom('a', 'a/b', 'a.b', 'b/a.js');
    const noise = fc
      .array(fc.constantFrom('a', '/', '.', 'b', ' ', '\\', 'é'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(noise, name, noise, (before, path, after) => {
        expect(mentionsPath(`${before} ${path} ${after}`, path)).toBe(true);
        expect(mentionsPath(`${before} "${path}". ${after}`, path)).toBe(true);
        expect(mentionsPath(`x${path} ${path}x ${path}/ /${path} ${path}.x`, path)).toBe(false);
      }),
    );
  });

  test('that is empty stands nowhere, and the search for it ends', () => {
    expect(mentionsPath('a text', '')).toBe(false);
  });
});

test('a task names what stands in files, title, description or acceptance', () => {
  const task = makeTask({
    title: 'In a.js',
    description: 'b.js too',
    acceptance: ['c.js', 'd.js'],
    files: ['e.js'],
  });
  expect(textOf(task)).toBe('In a.js\nb.js too\nc.js\nd.js');
  expect(['a.js', 'b.js', 'c.js', 'd.js', 'e.js', 'f.js'].filter(namedIn(task))).toEqual(
    'abcde'.split('').map((name) => `${name}.js`),
  );
});
