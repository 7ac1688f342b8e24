import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { planConfigChange } from '../../src/config/change-config.js';
import { setRoleModel } from '../../src/config/edit-config.js';

function createFolder(text?: string): { root: string; file: string; read: () => string } {
  const root = mkdtempSync(join(tmpdir(), 'nexus-change-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const file = join(root, '.nexus.yml');
  if (text !== undefined) writeFileSync(file, text);
  return { root, file, read: () => readFileSync(file, 'utf8') };
}

const use = (text: string): string => setRoleModel(text, 'coder', 'new:7b');

it('writes only when it is told to, and keeps the mode of the file', async () => {
  const { root, file, read } = createFolder('base: main\n');
  chmodSync(file, 0o640);
  const change = await planConfigChange(root, use);
  expect([change.before.coder.model, change.after.coder.model]).toEqual(['qwen2.5-coder:7b', 'new:7b']);
  expect(read()).toBe('base: main\n');
  expect(await change.write()).toBe(true);
  expect(read()).toBe('base: main\ncoder:\n  model: new:7b\n');
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(await (await planConfigChange(root, use)).write()).toBe(false);
});

it('leaves a file alone that somebody changed, or made, at the same time', async () => {
  for (const text of [undefined, 'base: main\n']) {
    const { root, file, read } = createFolder(text);
    const change = await planConfigChange(root, use);
    writeFileSync(file, 'base: other\n');
    await expect(change.write()).rejects.toMatchObject({ code: 'config-changed', exitCode: 3 });
    expect(read()).toBe('base: other\n');
  }
});

it('refuses what would be no valid configuration', async () => {
  const { root } = createFolder('base: main\n');
  await expect(planConfigChange(root, () => 'bse: main\n')).rejects.toMatchObject({ code: 'config-invalid' });
});

it('says which file could not be written', async () => {
  const { root } = createFolder();
  const change = await planConfigChange(join(root, 'gone'), use);
  await expect(change.write()).rejects.toMatchObject({
    code: 'not-written',
    message: expect.stringContaining('.nexus.yml could not be written'),
  });
  mkdirSync(join(root, 'gone'));
  expect(await change.write()).toBe(true);
});
