import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { detectChecks } from '../../src/config/detect-checks.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nexus-detect-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Lines like `check npm test`, with the folder in front where it is not the top. */
async function detect(
  files: Record<string, unknown>,
  platform: NodeJS.Platform = 'linux',
): Promise<string[]> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const found = await detectChecks(root, platform);
  return found.map(({ kind, run, cwd, paths }) =>
    [cwd === '.' ? '' : `[${cwd} ${paths.join()}] `, `${kind} ${run}`].join(''),
  );
}

const scripts = (...names: string[]) => ({ scripts: Object.fromEntries(names.map((name) => [name, 'x'])) });

test('nothing is found in an empty folder, or one that is not there', async () => {
  expect(await detect({})).toEqual([]);
  expect(await detectChecks(join(root, 'gone'))).toEqual([]);
});

test('scripts of package.json', async () => {
  expect(await detect({ 'package.json': scripts('lint', 'test', 'types', 'build', 'check') })).toEqual([
    'check npm test',
    'check npm run lint',
    'check npm run types',
    'check npm run check',
  ]);
});

test.each([
  ['the placeholder of npm init', { test: 'echo "Error: no test specified" && exit 1' }],
  ['a watcher', { test: 'jest --watch' }],
  ['an empty script', { test: ' ' }],
  ['no text', { test: 5 }],
])('%s is no test', async (_, found) => {
  expect(await detect({ 'package.json': { scripts: found } })).toEqual([]);
});

test('a check that calls the others is left out', async () => {
  const found = {
    test: 'vitest',
    lint: 'x',
    check: 'npm run lint && npm test',
    typecheck: 'jest --watch=false',
  };
  expect(await detect({ 'package.json': { scripts: found } })).toEqual([
    'check npm test',
    'check npm run lint',
    'check npm run typecheck',
  ]);
});

test.each([
  ['package-lock.json', 'npm ci', 'npm test', 'npm run lint'],
  ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile', 'pnpm test', 'pnpm run lint'],
  ['yarn.lock', 'yarn install --frozen-lockfile', 'yarn test', 'yarn run lint'],
  ['bun.lock', 'bun install --frozen-lockfile', 'bun run test', 'bun run lint'],
])('%s tells the package manager', async (lockfile, install, run, lint) => {
  const manifest = { ...scripts('test', 'lint'), devDependencies: { x: '1' } };
  const files = { 'package.json': manifest, [lockfile]: '' };
  expect(await detect(files)).toEqual([`setup ${install}`, `check ${run}`, `check ${lint}`]);
  await mkdir(join(root, 'node_modules'));
  expect(await detect(files)).toEqual([`check ${run}`, `check ${lint}`]);
});

test('packageManager comes first, and newer Yarn has its own flag', async () => {
  const manifest = { ...scripts('test'), packageManager: 'yarn@4.1.0', workspaces: ['a'] };
  expect(await detect({ 'package.json': manifest, 'yarn.lock': '', '.yarnrc.yml': '' })).toEqual([
    'setup yarn install --immutable',
    'check yarn test',
  ]);
});

test('workspaces are installed even where node_modules is there', async () => {
  await mkdir(join(root, 'node_modules'));
  const files = { 'package.json': scripts('test'), 'pnpm-workspace.yaml': '', 'pnpm-lock.yaml': '' };
  expect(await detect(files)).toEqual(['setup pnpm install --frozen-lockfile', 'check pnpm test']);
});

test('a package without dependencies needs no set-up', async () => {
  expect(await detect({ 'package.json': scripts('test'), 'package-lock.json': '{}' })).toEqual([
    'check npm test',
  ]);
});

test('each folder of a monorepo has its checks, with the package manager of the top', async () => {
  const files = {
    'package.json': { workspaces: ['packages/*'] },
    'pnpm-lock.yaml': '',
    'packages/a/package.json': scripts('test'),
    'packages/[b]/go.mod': '',
    'packages/deep/er/still/package.json': scripts('test'),
    'node_modules/x/package.json': scripts('test'),
    '.hidden/package.json': scripts('test'),
    'test/fixtures/package.json': scripts('test'),
    'submodule/.git': 'gitdir: elsewhere',
    'submodule/package.json': scripts('test'),
  };
  expect(await detect(files)).toEqual([
    'setup pnpm install --frozen-lockfile',
    String.raw`[packages/[b] packages/\[b\]/**] check go test ./...`,
    '[packages/a packages/a/**] check pnpm test',
  ]);
});

test.each<[Record<string, unknown>, NodeJS.Platform, string[]]>([
  [{ 'go.mod': '' }, 'linux', ['check go test ./...']],
  [{ 'Cargo.toml': '', 'crates/a/Cargo.toml': '' }, 'linux', ['check cargo test']],
  [{ 'pom.xml': '', 'a/pom.xml': '' }, 'linux', ['check mvn test']],
  [{ 'pom.xml': '', mvnw: '' }, 'linux', ['check ./mvnw test']],
  [{ 'build.gradle.kts': '', 'settings.gradle': '', gradlew: '' }, 'linux', ['check ./gradlew test']],
  [{ 'build.gradle': '', gradlew: '', 'gradlew.bat': '' }, 'win32', ['check gradlew.bat test']],
  [{ 'build.gradle': '', gradlew: '' }, 'win32', ['check gradle test']],
  [{ 'app.sln': '' }, 'linux', ['check dotnet test']],
  [{ 'mix.exs': '' }, 'linux', ['check mix test']],
  [{ '.rspec': '' }, 'linux', ['check bundle exec rspec']],
  [{ 'pytest.ini': '' }, 'linux', ['check python3 -m pytest']],
  [{ 'pytest.ini': '' }, 'win32', ['check python -m pytest']],
  [{ 'conftest.py': '', 'tests/conftest.py': '' }, 'linux', ['check python3 -m pytest']],
  [
    { 'pyproject.toml': '[tool.pytest.ini_options]', '.venv/x': '' },
    'linux',
    ['check .venv/bin/python -m pytest'],
  ],
  [
    { 'pyproject.toml': '[tool.pytest.ini_options]', 'venv/x': '' },
    'win32',
    [String.raw`check venv\Scripts\python -m pytest`],
  ],
  [
    { 'pyproject.toml': 'pytest', 'uv.lock': '' },
    'linux',
    ['setup uv sync --frozen', 'check uv run --frozen pytest'],
  ],
  [
    { 'pyproject.toml': 'pytest', 'poetry.lock': '' },
    'linux',
    ['setup poetry install', 'check poetry run pytest'],
  ],
  [{ 'setup.py': '', 'tests/test_a.py': '' }, 'linux', ['check python3 -m pytest']],
  [{ 'setup.cfg': '[metadata]' }, 'linux', []],
  [{ Makefile: 'all:\n\ntest: all\n\tx\ncheck:\n' }, 'linux', ['check make test']],
  [{ GNUmakefile: 'test := 5\ncheck :\n\tx\n' }, 'linux', ['check make check']],
  [{ Makefile: 'testing:\n' }, 'linux', []],
  [{ Makefile: 'test:\n', 'go.mod': '' }, 'linux', ['check go test ./...']],
])('%j on %s', async (files, platform, expected) => {
  expect(await detect(files, platform)).toEqual(expected);
});

test.each(['{', '[]', 'null', '{"scripts":null}', '{"scripts":"x"}', 'x'.repeat(1024 * 1024 + 1)])(
  'a broken package.json is no reason to fail',
  async (content) => {
    expect(await detect({ 'package.json': content })).toEqual([]);
  },
);

test('manifests that are folders, and links, are passed over', async () => {
  await mkdir(join(root, 'package.json'));
  await mkdir(join(root, 'sub'));
  await writeFile(join(root, 'sub', 'go.mod'), '');
  await symlink(root, join(root, 'loop'), 'junction');
  expect(await detect({})).toEqual(['[sub sub/**] check go test ./...']);
});

test('the walk ends', async () => {
  const names = Array.from({ length: 450 }, (_, n) => `p${String(n).padStart(3, '0')}`);
  await Promise.all(names.map((name) => mkdir(join(root, name))));
  await Promise.all(names.map((name) => writeFile(join(root, name, 'go.mod'), '')));
  expect(await detect({})).toHaveLength(399);
});
