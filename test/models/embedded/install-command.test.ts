import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isTriedVersion, renderInstallCommand } from '../../../src/models/embedded/install-command.js';

describe('the command that installs node-llama-cpp', () => {
  const projects = new Set([
    '/work/app/package.json',
    'C:\\work\\app\\package.json',
    '/home/a/.npm/_npx/1f/package.json',
  ]);
  const wanted = 'node-llama-cpp@^3.22';

  test.each([
    ['/usr/lib/node_modules/nexus-overseer/', `npm install -g ${wanted}`],
    ['/home/a/.nvm/versions/node/v20.20.2/lib/node_modules/nexus-overseer/', `npm install -g ${wanted}`],
    ['C:\\Users\\A\\AppData\\Roaming\\npm\\node_modules\\nexus-overseer\\', `npm install -g ${wanted}`],
    ['/work/app/node_modules/nexus-overseer/', `npm install --save-dev ${wanted}`],
    ['C:\\work\\app\\node_modules\\nexus-overseer\\', `npm install --save-dev ${wanted}`],
    [
      '/work/app/node_modules/.pnpm/nexus-overseer@0.1.0/node_modules/nexus-overseer/',
      `pnpm add -D ${wanted}`,
    ],
    [
      '/home/a/.local/share/pnpm/global/5/node_modules/.pnpm/n@1/node_modules/nexus-overseer/',
      `pnpm add -g ${wanted}`,
    ],
    ['/home/a/.npm/_npx/1f/node_modules/nexus-overseer/', `npm install -g nexus-overseer ${wanted}`],
    ['/home/a/src/nexus-overseer/', `npm install --no-save ${wanted}`],
  ])('for %s', (folder, command) => {
    expect(renderInstallCommand(folder, (path) => projects.has(path))).toBe(command);
  });

  test('looks on the disk by itself', () => {
    expect(renderInstallCommand('/no/such/node_modules/nexus-overseer/')).toContain('npm install -g ');
  });

  test('asks for the versions that package.json names', () => {
    const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(manifest).toMatchObject({
      peerDependencies: { 'node-llama-cpp': '^3.22.1' },
      peerDependenciesMeta: { 'node-llama-cpp': { optional: true } },
    });
    expect(manifest).not.toHaveProperty(['dependencies', 'node-llama-cpp']);
    expect(manifest).not.toHaveProperty(['devDependencies', 'node-llama-cpp']);
  });

  test.each([
    ['3.22.1', true],
    ['3.23.0', true],
    ['3.21.9', false],
    ['4.0.0', false],
    ['2.99.0', false],
    ['', false],
  ])('version %s can be used: %s', (version, is) => {
    expect(isTriedVersion(version)).toBe(is);
  });
});
