import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Real hook managers, from their registries: the command line of each. One that could not be had is undefined. */
export interface Managers {
  husky: string[] | undefined;
  lefthook: string[] | undefined;
  simpleGitHooks: string[] | undefined;
  preCommit: string[] | undefined;
}

const OF_NPM = ['husky@9', 'lefthook@2', 'simple-git-hooks@2'];
const OF_PIP = ['pre-commit>=4,<5'];

/** To install them takes several times as long as all tests with them: they are kept, with what else is only cache. */
const KEPT = resolve(import.meta.dirname, '../../../node_modules/.cache/hook-managers');
const KEPT_MS = 30 * 24 * 3600 * 1000;

/** The managers in a folder that stays; those that another run of the tests has installed, unless that is long ago. */
export async function installManagers(): Promise<Managers> {
  mkdirSync(KEPT, { recursive: true });
  const about = [...OF_NPM, ...OF_PIP, process.version, KEPT].join('\n');
  const pointer = join(KEPT, createHash('sha256').update(about).digest('hex').slice(0, 16));
  return readKept(pointer) ?? installAnew(pointer);
}

function readKept(pointer: string): Managers | undefined {
  try {
    if (Date.now() - statSync(pointer).mtimeMs > KEPT_MS) return undefined;
    const folder = readFileSync(pointer, 'utf8');
    return statSync(folder).isDirectory() ? managersIn(folder, { npm: true, pip: true }) : undefined;
  } catch {
    return undefined;
  }
}

/** Kept only when all are there: the next run tries again to get what could not be had. */
async function installAnew(pointer: string): Promise<Managers> {
  const before = readPointer(pointer);
  const folder = mkdtempSync(join(KEPT, 'installed-'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  const atNpm = exec('npm', ['install', ...flags, ...OF_NPM], {
    cwd: folder,
    shell: process.platform === 'win32',
  });
  const [npm, pip] = await Promise.all([succeeds(atNpm), succeeds(installPreCommit(folder))]);
  if (npm && pip) {
    // Two runs at a time have a folder each: Python's files name theirs, so it cannot be moved.
    writeFileSync(`${folder}.path`, folder);
    renameSync(`${folder}.path`, pointer);
    if (before !== undefined) rmSync(before, { recursive: true, force: true, maxRetries: 3 });
  } else {
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
  return managersIn(folder, { npm, pip });
}

function readPointer(pointer: string): string | undefined {
  try {
    return readFileSync(pointer, 'utf8');
  } catch {
    return undefined;
  }
}

function managersIn(folder: string, { npm, pip }: { npm: boolean; pip: boolean }): Managers {
  const script = (path: string): string[] | undefined =>
    npm ? [process.execPath, join(folder, 'node_modules', path)] : undefined;
  return {
    husky: script('husky/bin.js'),
    lefthook: script('lefthook/bin/index.js'),
    simpleGitHooks: script('simple-git-hooks/cli.js'),
    preCommit: pip ? [join(folder, 'python/bin/pre-commit')] : undefined,
  };
}

async function installPreCommit(folder: string): Promise<void> {
  // Any Python of the machine will do, also one that the other tests do without.
  const env = { ...process.env, PATH: process.env['WHOLE_PATH'] ?? process.env['PATH'] };
  await exec('python3', ['-m', 'venv', 'python'], { cwd: folder, env });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...OF_PIP];
  await exec(join(folder, 'python/bin/python'), pip, { cwd: folder, env });
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
