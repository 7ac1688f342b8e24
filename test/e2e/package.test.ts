import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { createTempRepository } from '../support/temp-repository.js';
import { PROJECT } from './spawn-nexus.js';

const exec = promisify(execFile);

/** On Windows npm and the installed command are scripts for cmd. */
const shell = process.platform === 'win32';

it(
  'the packed package can be installed into an empty folder, and works there',
  { timeout: 180_000 },
  async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-pack-')));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));

    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const packed = await exec('npm', args, { cwd: PROJECT, shell });
    const [{ filename, files }] = JSON.parse(packed.stdout);
    const paths: string[] = files.map(({ path }: { path: string }) => path);
    for (const needed of [
      'dist/cli.js',
      'templates/init/nexus.yml',
      'templates/prompts/plan.md',
      'LICENSE',
    ]) {
      expect(paths).toContain(needed);
    }
    // Nothing that is only for us.
    expect(paths.filter((path) => /^(?:src|test|scripts|node_modules|\.)/u.test(path))).toEqual(
      paths.filter((path) => path === '.nexus.example.yml'),
    );

    const home = join(folder, 'app');
    mkdirSync(home);
    writeFileSync(join(home, 'package.json'), '{ "name": "app", "private": true }');
    await exec('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, filename)], {
      cwd: home,
      shell,
    });

    const nexus = join(home, 'node_modules', '.bin', 'nexus');
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    expect((await exec(nexus, ['--version'], { shell })).stdout.trim()).toBe(version);

    const repository = createTempRepository();
    onTestFinished(() => repository.dispose());
    const env = { ...process.env, NEXUS_CONFIG_HOME: join(folder, 'home'), OLLAMA_HOST: '127.0.0.1:1' };
    const { stdout } = await exec(nexus, ['init'], { cwd: repository.path, env, shell });
    expect(stdout).toContain('wrote .nexus.yml');
    expect(stdout).toContain('wrote .nexus/schemas/tasks.schema.json');
  },
);
