import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Real hook managers, from their registries. One that could not be had is undefined. */
export interface Managers {
  husky: string[] | undefined;
  lefthook: string[] | undefined;
  simpleGitHooks: string[] | undefined;
  preCommit: string[] | undefined;
  dispose(): void;
}

/** Installs the managers into a temporary folder, and gives the command line of each. */
export async function installManagers(): Promise<Managers> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-managers-')));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const [node, python] = await Promise.all([
    succeeds(
      exec(
        'npm',
        [
          'install',
          '--ignore-scripts',
          '--prefer-offline',
          '--no-audit',
          '--no-fund',
          'husky@9',
          'lefthook@2',
          'simple-git-hooks@2',
        ],
        { cwd: folder, shell: process.platform === 'win32' },
      ),
    ),
    succeeds(installPreCommit(folder)),
  ]);
  const script = (path: string): string[] | undefined =>
    node ? [process.execPath, join(folder, 'node_modules', path)] : undefined;
  return {
    husky: script('husky/bin.js'),
    lefthook: script('lefthook/bin/index.js'),
    simpleGitHooks: script('simple-git-hooks/cli.js'),
    preCommit: python ? [join(folder, 'python/bin/pre-commit')] : undefined,
    dispose: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function installPreCommit(folder: string): Promise<void> {
  await exec('python3', ['-m', 'venv', 'python'], { cwd: folder });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'pre-commit>=4,<5'];
  await exec(join(folder, 'python/bin/python'), pip, { cwd: folder });
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
