import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { CHECK_GUARD, checkEnvironment } from '../../src/checks/check-environment.js';
import { activePythonLeaks } from '../../src/checks/python-leaks.js';

const list = (...entries: string[]): string => entries.join(path.delimiter);
const places = { checkout: path.resolve('/home/ann/app'), worktree: path.resolve('/tmp/work') };
const inCheckout = (...names: string[]): string => path.join(places.checkout, ...names);
const inWorktree = (...names: string[]): string => path.join(places.worktree, ...names);

test('what git, a shell or npm left is taken out, the rest stays', () => {
  const ambient = {
    GIT_DIR: 'x',
    Git_Index_File: 'y',
    PWD: '/',
    OLDPWD: '/',
    INIT_CWD: '/',
    HOME: '/h',
    EMPTY: '',
  };
  const env = checkEnvironment({ ambient: { ...ambient, GONE: undefined }, ...places });
  expect(env).toEqual({
    HOME: '/h',
    EMPTY: '',
    CI: '1',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
    [CHECK_GUARD]: '1',
  });
});

test('what is set wins over the ambient', () => {
  const ambient = { CI: 'false', FORCE_COLOR: '3' };
  expect(checkEnvironment({ ambient, ...places })).toMatchObject({ CI: '1', FORCE_COLOR: '0' });
});

test('tools of the checkout become those of the worktree', () => {
  const ambient = {
    Path: list(
      inCheckout('.venv', 'bin'),
      inCheckout('node_modules', '.bin'),
      '/usr/bin',
      `${places.checkout}-two`,
    ),
    VIRTUAL_ENV: inCheckout('.venv'),
    PYTHONPATH: places.checkout,
    NODE_PATH: '',
    OTHER: inCheckout('kept'),
  };
  expect(checkEnvironment({ ambient, ...places })).toMatchObject({
    Path: list(
      inWorktree('.venv', 'bin'),
      inWorktree('node_modules', '.bin'),
      '/usr/bin',
      `${places.checkout}-two`,
    ),
    VIRTUAL_ENV: places.worktree + path.sep + '.venv',
    PYTHONPATH: places.worktree,
    NODE_PATH: '',
    OTHER: inCheckout('kept'),
  });
});

test('an environment that leads back is not active any more', () => {
  const leak = path.resolve('/opt/env');
  const ambient = { PATH: list(path.join(leak, 'bin'), '/usr/bin', `${leak}-two`), VIRTUAL_ENV: leak };
  const env = checkEnvironment({ ambient, ...places, without: [leak] });
  expect(env['PATH']).toBe(list('/usr/bin', `${leak}-two`));
  expect(env).not.toHaveProperty('VIRTUAL_ENV');
});

describe('active Python environments', () => {
  let temp: string;
  beforeEach(() => {
    temp = realpathSync(mkdtempSync(path.join(tmpdir(), 'nexus-python-')));
    for (const folder of ['app', 'env/bin', 'env/lib/python3.11/site-packages', 'links']) {
      mkdirSync(path.join(temp, folder), { recursive: true });
    }
    writeFileSync(path.join(temp, 'env/bin/python3'), '');
  });
  afterEach(() => rmSync(temp, { recursive: true, force: true }));
  const site = (name: string): string => path.join(temp, 'env/lib/python3.11/site-packages', name);
  const leaks = (env: NodeJS.ProcessEnv) => activePythonLeaks({ HOME: temp, ...env }, path.join(temp, 'app'));

  test('named by conda, or found behind a link in PATH', async () => {
    writeFileSync(site('app.pth'), path.join(temp, 'app'));
    const prefix = path.join(temp, 'env');
    expect(await leaks({ CONDA_PREFIX: prefix })).toEqual([{ prefix, file: site('app.pth') }]);
    symlinkSync(path.join(prefix, 'bin/python3'), path.join(temp, 'links/python3'));
    expect(await leaks({ Path: path.join(temp, 'links') })).toEqual([{ prefix, file: site('app.pth') }]);
  });

  test('a copy that was installed from the checkout is none outside of it: it may be a tool', async () => {
    mkdirSync(site('app-1.dist-info'));
    const url = `file://${path.join(temp, 'app')}`;
    writeFileSync(site('app-1.dist-info/direct_url.json'), JSON.stringify({ url, dir_info: {} }));
    expect(await leaks({ VIRTUAL_ENV: path.join(temp, 'env') })).toEqual([]);
    writeFileSync(
      site('app-1.dist-info/direct_url.json'),
      JSON.stringify({ url, dir_info: { editable: true } }),
    );
    expect(await leaks({ VIRTUAL_ENV: path.join(temp, 'env') })).toHaveLength(1);
  });

  test('in the checkout itself it is linked, not active: the links are looked at elsewhere', async () => {
    mkdirSync(path.join(temp, 'app/.venv/lib/python3.11/site-packages'), { recursive: true });
    writeFileSync(path.join(temp, 'app/.venv/lib/python3.11/site-packages/a.pth'), path.join(temp, 'app'));
    expect(await leaks({ VIRTUAL_ENV: path.join(temp, 'app/.venv') })).toEqual([]);
  });

  test("setuptools' finder in either kind of quotes, with other strings around", async () => {
    const finder = site('__editable___app_finder.py');
    writeFileSync(finder, `X = 'relative/app'\nMAPPING = {"app": "${path.join(temp, 'app', 'src')}"}\n`);
    expect(await leaks({ VIRTUAL_ENV: path.join(temp, 'env') })).toHaveLength(1);
    writeFileSync(finder, `X = 'relative/app'\nMAPPING = {"app": "${path.join(temp, 'other')}"}\n`);
    expect(await leaks({ VIRTUAL_ENV: path.join(temp, 'env') })).toEqual([]);
  });
});
