import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { removeTree } from '../../src/repository/remove-tree.js';

// Tests may run as root, who may do everything. These do what the system does for anybody else.
const rights = vi.hoisted(() => ({ windows: false, locked: new Set<string>() }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const refuse = (code: string, path: string): never => {
    throw Object.assign(new Error(`${code}: ${path}`), { code });
  };
  return {
    ...real,
    readdir: async (path: string, options: { withFileTypes: true }) => {
      if ((lstatSync(path).mode & 0o500) !== 0o500) refuse('EACCES', path);
      return real.readdir(path, options);
    },
    unlink: async (path: string) => {
      if (rights.locked.has(path)) refuse('EBUSY', path);
      const file = lstatSync(path, { throwIfNoEntry: false });
      if ((lstatSync(dirname(path)).mode & 0o200) === 0) refuse('EACCES', path);
      if (rights.windows && file?.isSymbolicLink()) refuse('EPERM', path);
      if (rights.windows && file && (file.mode & 0o200) === 0) refuse('EPERM', path);
      return real.unlink(path);
    },
    // Windows removes a link to a folder as it removes a folder.
    rmdir: async (path: string) => (lstatSync(path).isSymbolicLink() ? real.unlink(path) : real.rmdir(path)),
  };
});

let folder: string;
beforeEach(() => {
  rights.windows = false;
  rights.locked.clear();
  folder = mkdtempSync(join(tmpdir(), 'nexus-test-'));
});

function fill(): void {
  mkdirSync(join(folder, 'cache', 'deep'), { recursive: true });
  for (let index = 0; index < 100; index += 1) writeFileSync(join(folder, 'cache', 'deep', `${index}`), '');
  chmodSync(join(folder, 'cache', 'deep', '1'), 0o400);
}

describe('removeTree', () => {
  it('removes read-only folders, many files at once, and accepts that there is nothing', async () => {
    fill();
    chmodSync(join(folder, 'cache', 'deep'), 0o500);
    chmodSync(join(folder, 'cache'), 0o000);
    await removeTree(folder);
    expect(existsSync(folder)).toBe(false);
    await removeTree(folder);
  });

  it('removes read-only files and links to folders where Windows refuses', async () => {
    rights.windows = true;
    const outside = mkdtempSync(join(tmpdir(), 'nexus-test-'));
    fill();
    symlinkSync(outside, join(folder, 'cache', 'link'), 'junction');
    await removeTree(folder);
    expect(existsSync(folder)).toBe(false);
    expect(lstatSync(outside).isDirectory()).toBe(true);
    await removeTree(outside);
  });

  it('says what it cannot remove', async () => {
    fill();
    rights.locked.add(join(folder, 'cache', 'deep', '7'));
    await expect(removeTree(folder)).rejects.toMatchObject({ code: 'EBUSY' });
    rights.locked.clear();
    await removeTree(folder);
  });

  it('removes a link that it is given, not its target', async () => {
    mkdirSync(join(folder, 'target'));
    symlinkSync(join(folder, 'target'), join(folder, 'link'), 'junction');
    await removeTree(join(folder, 'link'));
    expect(lstatSync(join(folder, 'target')).isDirectory()).toBe(true);
    await removeTree(folder);
  });
});
