import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { linkDependencies, type LinkInput } from '../../src/checks/link-dependencies.js';
import { checkSchema } from '../../src/config/schema.js';
import { NexusError } from '../../src/errors.js';
import { createPlatform } from '../../src/platform.js';
import { createScratchRepository, writeFiles, type ScratchRepository } from './scratch-repository.js';

const IGNORE = 'node_modules/\n.venv\nvenv\nvendor/\n.env\ndata/\n';
let scratch: ScratchRepository;
let pristine: string;
let root: string;
/** A checkout of the commit; git need not know of it. */
let worktree: string;
beforeAll(async () => {
  scratch = await createScratchRepository({
    '.gitignore': IGNORE,
    'package.json': '{}',
    'packages/a/package.json': '{}',
    'packages/a/index.js': '',
    'docs/readme.md': '',
    'src/main.py': '',
  });
  root = scratch.root;
  worktree = path.join(scratch.temp, 'worktree');
  pristine = path.join(scratch.temp, 'pristine');
  cpSync(root, pristine, { recursive: true });
});
beforeEach(() => {
  cpSync(pristine, root, { recursive: true });
  cpSync(pristine, worktree, { recursive: true });
});
afterEach(() => {
  for (const name of readdirSync(scratch.temp)) {
    if (name !== 'pristine') rmSync(path.join(scratch.temp, name), { recursive: true });
  }
});
afterAll(() => scratch.remove());

function link(more: Partial<LinkInput> = {}): Promise<string[]> {
  return linkDependencies({
    repository: scratch.repository,
    commit: scratch.head(),
    worktree,
    checks: [],
    setup: [],
    link: undefined,
    environment: { PATH: '', HOME: path.join(root, '..') },
    ...more,
  });
}

const inCheckout = (name: string): string => path.join(root, name);
const inWorktree = (name: string): string => path.join(worktree, name);
/** Every entry below a folder: a slash for folders, an arrow for links. */
function shape(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      if (entry.isSymbolicLink()) return [`${entry.name} ->`];
      if (!entry.isDirectory()) return [entry.name];
      return [
        `${entry.name}/`,
        ...shape(path.join(folder, entry.name)).map((name) => `${entry.name}/${name}`),
      ];
    })
    .sort();
}

/** The refusal as one text: message and remedy. */
async function refusal(running: Promise<unknown>, code = 'setup-required'): Promise<string> {
  const error = await running.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof NexusError)) throw new Error(`not refused: ${String(error)}`);
  expect(error).toMatchObject({ code, exitCode: 3 });
  expect(error.remedy).not.toBe('');
  return `${error.message} ${error.remedy}`;
}

/** Those of the words that the text has not. */
function missingFrom(text: string, ...words: string[]): string[] {
  return words.filter((word) => !text.includes(word));
}

describe('node_modules', () => {
  beforeEach(() => {
    writeFiles(inCheckout('node_modules'), {
      'dep/index.js': 'dep',
      '@scope/one/index.js': '',
      '@scope/two/index.js': '',
      '.cache/tool/x': '',
      '.vite/deps/x': '',
      '.vitest/x': '',
      '.package-lock.json': '{"packages":{"node_modules/dep":{"resolved":"https://example.org/dep.tgz"}}}',
    });
    mkdirSync(inCheckout('node_modules/.bin'));
    symlinkSync('../dep/index.js', inCheckout('node_modules/.bin/dep'));
  });

  test('becomes a real folder of links without the caches', async () => {
    expect(await link()).toEqual(['node_modules']);
    expect(shape(inWorktree('node_modules'))).toEqual([
      '.bin/',
      '.bin/dep ->',
      '.package-lock.json ->',
      '@scope/',
      '@scope/one ->',
      '@scope/two ->',
      'dep ->',
    ]);
    expect(realpathSync(inWorktree('node_modules/.bin/dep'))).toBe(inCheckout('node_modules/dep/index.js'));
    expect(readFileSync(inWorktree('node_modules/dep/index.js'), 'utf8')).toBe('dep');
  });

  test('disposing of it leaves the checkout as it was', async () => {
    const before = shape(inCheckout('node_modules'));
    await link();
    await createPlatform().removeTree(worktree);
    expect(shape(inCheckout('node_modules'))).toEqual(before);
    expect(readFileSync(inCheckout('node_modules/dep/index.js'), 'utf8')).toBe('dep');
  });

  test('is linked per folder that has a manifest or a check', async () => {
    writeFiles(inCheckout('packages/a/node_modules'), { 'own/index.js': '' });
    writeFiles(inCheckout('docs/node_modules'), { 'own/index.js': '' });
    writeFiles(inCheckout('src/node_modules'), { 'own/index.js': '' });
    const checks = [{ cwd: 'docs' }, { cwd: '../out' }];
    expect(await link({ checks })).toEqual(['docs/node_modules', 'node_modules', 'packages/a/node_modules']);
  });

  test('that git does not ignore is left alone', async () => {
    scratch.write({ '.gitignore': 'venv\n' });
    expect(await link()).toEqual([]);
  });

  test('with setup nothing is linked', async () => {
    expect(await link({ setup: [checkSchema.parse({ run: 'npm ci' })] })).toEqual([]);
  });

  test('for a folder that this commit has not, or where the commit has one, nothing is made', async () => {
    scratch.write({ 'later/package.json': '{}', 'later/node_modules/x/index.js': '' });
    scratch.git('add', '-f', 'later');
    const commit = scratch.commitAll();
    mkdirSync(inWorktree('node_modules'));
    expect(await link({ commit })).toEqual([]);
    expect(readdirSync(inWorktree('node_modules'))).toEqual([]);
  });

  test('below a folder that is a link out of the worktree nothing is made', async () => {
    rmSync(inWorktree('packages'), { recursive: true });
    symlinkSync(path.join(root, '..'), inWorktree('packages'));
    mkdirSync(path.join(root, '../a'));
    writeFiles(inCheckout('packages/a/node_modules'), { 'own/index.js': '' });
    expect(await link()).toEqual(['node_modules']);
    expect(readdirSync(path.join(root, '../a'))).toEqual([]);
  });

  test.each([
    ['an npm workspace', 'b', '../packages/a', 'packages/a'],
    ['a scoped workspace', '@scope/a', '../../packages/a', 'packages/a'],
    ['a deleted workspace', 'gone', '../packages/gone', 'packages/gone'],
    ['the checkout itself', 'self', '..', 'checkout'],
  ])('%s leads back: setup is required', async (_, name, target, told) => {
    symlinkSync(target, inCheckout(path.join('node_modules', name)));
    expect(
      missingFrom(await refusal(link()), path.join('node_modules', name), told, 'npm ci', 'setup'),
    ).toEqual([]);
    expect(() => lstatSync(inWorktree('node_modules'))).toThrow('ENOENT');
  });

  test("pnpm's links into its own store do not lead back, those of a member to the store neither", async () => {
    writeFiles(inCheckout('node_modules/.pnpm/x@1.0.0/node_modules/x'), { 'index.js': 'x' });
    symlinkSync('.pnpm/x@1.0.0/node_modules/x', inCheckout('node_modules/x'));
    mkdirSync(inCheckout('packages/a/node_modules'));
    symlinkSync(
      '../../../node_modules/.pnpm/x@1.0.0/node_modules/x',
      inCheckout('packages/a/node_modules/x'),
    );
    expect(await link()).toEqual(['node_modules', 'packages/a/node_modules']);
    expect(readFileSync(inWorktree('packages/a/node_modules/x/index.js'), 'utf8')).toBe('x');
  });

  test('a link to a package outside the checkout is followed', async () => {
    writeFiles(path.join(root, '../elsewhere'), { 'index.js': 'far' });
    symlinkSync('../../elsewhere', inCheckout('node_modules/far'));
    await link();
    expect(readFileSync(inWorktree('node_modules/far/index.js'), 'utf8')).toBe('far');
  });

  test('a copy of a package of this repository leads back as well', async () => {
    const lock = (resolved: string) => JSON.stringify({ packages: { 'node_modules/a': { resolved } } });
    writeFiles(inCheckout('node_modules'), { '.package-lock.json': lock('file:packages/a') });
    expect(missingFrom(await refusal(link()), 'node_modules/a', 'a copy of packages/a')).toEqual([]);
    for (const harmless of ['file:../other', 'file:packages/a-1.0.0.tgz', 'https://example.org/a.tgz']) {
      rmSync(inWorktree('node_modules'), { recursive: true, force: true });
      writeFiles(inCheckout('node_modules'), { '.package-lock.json': lock(harmless) });
      expect(await link()).toEqual(['node_modules']);
    }
    rmSync(inWorktree('node_modules'), { recursive: true, force: true });
    writeFiles(inCheckout('node_modules/.pnpm/@o+a@file+packages+a'), { x: '' });
    expect(missingFrom(await refusal(link()), '.pnpm', 'a copy of a package of this repository')).toEqual([]);
  });

  test('a damaged lockfile of npm changes nothing', async () => {
    writeFiles(inCheckout('node_modules'), { '.package-lock.json': '{"packages":' });
    expect(await link()).toEqual(['node_modules']);
  });
});

describe('a Python environment', () => {
  const SITE = 'lib/python3.12/site-packages';
  beforeEach(() => {
    writeFiles(inCheckout('.venv'), {
      'pyvenv.cfg': 'home = /usr/bin\n',
      'bin/python': '',
      [`${SITE}/pytest/__init__.py`]: '',
      [`${SITE}/distutils-precedence.pth`]: "import os; var = 'SETUPTOOLS_USE_DISTUTILS'",
      [`${SITE}/pytest-9.dist-info/METADATA`]: '',
      [`${SITE}/other-1.dist-info/direct_url.json`]: '{"url":"https://example.org/x.git","vcs_info":{}}',
    });
  });

  test('is a real folder, its parts are links', async () => {
    expect(await link()).toEqual(['.venv']);
    expect(shape(inWorktree('.venv'))).toEqual(['bin ->', 'lib ->', 'pyvenv.cfg ->']);
  });

  const editable = (url: string, more = ',"dir_info":{"editable":true}') => `{"url":"${url}"${more}}`;
  test.each<[string, string, (top: string) => string]>([
    ['a .pth of an editable install', 'app.pth', (top) => `${top}/src\n`],
    ['a relative .pth', 'app.pth', () => '# comment\n\n../../../../src\n'],
    [
      'the finder of setuptools',
      '__editable___app_1_finder.py',
      (top) => `X = "1"\nMAPPING: dict[str, str] = {'app': '${top}/src/app'}\n`,
    ],
    ['an egg-link', 'app.egg-link', (top) => `${top}\n.`],
    ['direct_url.json', 'app-1.dist-info/direct_url.json', (top) => editable(`file://${encodeURI(top)}`)],
    [
      'a copy that pip made',
      'app-1.dist-info/direct_url.json',
      (top) => editable(`file://${encodeURI(top)}`, ',"dir_info":{}'),
    ],
  ])('%s leads back', async (_, file, text) => {
    writeFiles(inCheckout(`.venv/${SITE}`), { [file]: text(root) });
    expect(missingFrom(await refusal(link()), file, 'pip install')).toEqual([]);
  });

  test.each<[string, string, (top: string) => string]>([
    ['a .pth into the environment', 'x.pth', (top) => `${top}/.venv/share\n${top}/.venv/${SITE}/pytest\n`],
    ['a folder whose name only begins like the checkout', 'x.pth', (top) => `${top}-other/src\n`],
    ['code from elsewhere', 'x-1.dist-info/direct_url.json', () => editable('file:///opt/lib')],
    [
      'a machine of another name',
      'x-1.dist-info/direct_url.json',
      (top) => editable(`file://host${encodeURI(top)}`),
    ],
    ['a damaged file', 'x-1.dist-info/direct_url.json', () => '{"url":'],
    [
      'an archive',
      'x-1.dist-info/direct_url.json',
      (top) => editable(`file://${encodeURI(top)}/x.whl`, ',"archive_info":{}'),
    ],
  ])('%s does not lead back', async (_, file, text) => {
    writeFiles(inCheckout(`.venv/${SITE}`), { [file]: text(root) });
    expect(await link()).toEqual(['.venv']);
  });

  test("Windows' place for packages is searched", async () => {
    writeFiles(inCheckout('venv'), { 'Lib/site-packages/app.pth': root, 'pyvenv.cfg': '' });
    expect(await refusal(link())).toContain(path.join('venv', 'Lib', 'site-packages', 'app.pth'));
  });

  test('one that is active but stands elsewhere leads back too', async () => {
    const active = path.join(root, '../env');
    writeFiles(active, { [`${SITE}/app.pth`]: `${root}/src\n`, 'bin/python3': '' });
    expect(
      await refusal(link({ environment: { VIRTUAL_ENV: active, PATH: '', HOME: '/nowhere' } })),
    ).toContain('app.pth');
    expect(await refusal(link({ environment: { PATH: `${active}/bin`, HOME: '/nowhere' } }))).toContain(
      'app.pth',
    );
    const shims = path.join(root, '../pyenv');
    writeFiles(shims, { 'shims/python3.12': '', 'versions/.keep': '' });
    cpSync(active, path.join(shims, 'versions/3.12.1'), { recursive: true });
    expect(
      await refusal(link({ environment: { PATH: `${shims}/shims:relative`, HOME: '/nowhere' } })),
    ).toContain('3.12.1');
    expect(
      await refusal(link({ environment: { HOME: path.join(root, '../home'), PATH: `${shims}/shims` } })),
    ).toContain('leads back');
    expect(await link({ environment: { PATH: '/nonexistent', HOME: '/nowhere' } })).toEqual(['.venv']);
  });

  test('an install for the user that imports the checkout leads back', async () => {
    const home = path.join(root, '../home');
    writeFiles(path.join(home, '.local', SITE), { '__editable__.app.pth': root });
    expect(await refusal(link({ environment: { PATH: '', HOME: home } }))).toContain('.local');
  });
});

describe('vendor', () => {
  test('is linked two levels deep', async () => {
    writeFiles(inCheckout('vendor'), {
      'org/lib/x.php': '',
      'autoload.php': '',
      'composer/autoload_psr4.php': '<?php return [];',
    });
    expect(await link()).toEqual(['vendor']);
    expect(shape(inWorktree('vendor'))).toEqual([
      'autoload.php ->',
      'composer/',
      'composer/autoload_psr4.php ->',
      'org/',
      'org/lib ->',
    ]);
  });

  test("with Composer's autoloader for the project's classes leads back", async () => {
    const psr4 = "<?php $baseDir = dirname($vendorDir);\nreturn ['App\\\\' => [$baseDir . '/src']];";
    writeFiles(inCheckout('vendor/composer'), { 'autoload_psr4.php': psr4 });
    expect(missingFrom(await refusal(link()), 'autoload_psr4.php', 'composer install')).toEqual([]);
  });

  test('with a path repository leads back', async () => {
    mkdirSync(inCheckout('vendor/org'), { recursive: true });
    symlinkSync('../../packages/a', inCheckout('vendor/org/a'));
    expect(await refusal(link())).toContain(path.join('vendor', 'org', 'a'));
  });
});

describe('`link` of the configuration', () => {
  test('replaces the usual folders; a file is copied', async () => {
    writeFiles(root, { 'node_modules/x/y': '', 'data/set.csv': '1', '.env': 'A=1' });
    expect(await link({ link: ['./data/', '.env'] })).toEqual(['data', '.env']);
    expect(shape(inWorktree('data'))).toEqual(['set.csv ->']);
    expect(lstatSync(inWorktree('.env')).isFile()).toBe(true);
    expect(readFileSync(inWorktree('.env'), 'utf8')).toBe('A=1');
  });

  test.each([
    ['../other', 'leads out'],
    ['/etc', 'not relative'],
    ['C:\\x', 'not relative'],
    ['.', 'the repository itself'],
    ['.git', 'git'],
    ['data', 'is not there in your checkout'],
    ['src', 'is not ignored by git'],
  ])('%s is refused', async (entry, problem) => {
    expect(await refusal(link({ link: [entry] }), 'link-invalid')).toContain(problem);
  });
});
