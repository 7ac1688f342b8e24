import * as fs from 'node:fs/promises';
import path from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { createPlatform } from '../../src/platform.js';
import type { FileEffects } from '../../src/platform/effects.js';
import { failure, makeFolder, recordedEffects } from './recorded-effects.js';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});

const inFolder = (...names: string[]): string => path.join(folder, ...names);

describe('removing a tree', () => {
  test('removes links and leaves what they lead to', async () => {
    await fs.mkdir(inFolder('kept', 'deep'), { recursive: true });
    await fs.writeFile(inFolder('kept', 'deep', 'file'), 'text');
    await fs.mkdir(inFolder('tree', 'a', 'b'), { recursive: true });
    await fs.writeFile(inFolder('tree', 'a', 'b', 'c'), '');
    await fs.symlink(inFolder('kept'), inFolder('tree', 'a', 'folder-link'));
    await fs.symlink(inFolder('kept', 'deep', 'file'), inFolder('tree', 'file-link'));
    await fs.symlink(inFolder('nowhere'), inFolder('tree', 'broken-link'));
    await createPlatform().removeTree(inFolder('tree'));
    expect(await fs.readdir(folder)).toEqual(['kept']);
    expect(await fs.readFile(inFolder('kept', 'deep', 'file'), 'utf8')).toBe('text');
  });

  test('of a link removes only the link; of a file the file; of nothing does nothing', async () => {
    await fs.mkdir(inFolder('kept'));
    await fs.symlink(inFolder('kept'), inFolder('link'));
    await fs.writeFile(inFolder('file'), '');
    const platform = createPlatform();
    for (const name of ['link', 'file', 'missing']) await platform.removeTree(inFolder(name));
    expect(await fs.readdir(folder)).toEqual(['kept']);
  });

  test.each(['EBUSY', 'EPERM', 'ENOTEMPTY'])('tries again after %s', async (code) => {
    await fs.mkdir(inFolder('tree'));
    let failures = 3;
    const rmdir: FileEffects['rmdir'] = async (target) => {
      failures -= 1;
      if (failures >= 0) throw failure(code);
      await fs.rmdir(target);
    };
    const { calls, effects } = recordedEffects({ files: { rmdir } });
    await createPlatform('win32', effects).removeTree(inFolder('tree'));
    expect(calls).toEqual(['wait 50', 'wait 100', 'wait 150']);
    expect(await fs.readdir(folder)).toEqual([]);
  });

  test('gives up in the end, and at once for what will not pass', async () => {
    await fs.mkdir(inFolder('tree'));
    const refusing = (code: string) => {
      const rmdir = async (): Promise<void> => {
        throw failure(code);
      };
      return recordedEffects({ files: { rmdir } });
    };
    const busy = refusing('EBUSY');
    await expect(createPlatform('win32', busy.effects).removeTree(inFolder('tree'))).rejects.toThrow('EBUSY');
    expect(busy.calls).toHaveLength(8);
    const broken = refusing('EIO');
    await expect(createPlatform('win32', broken.effects).removeTree(inFolder('tree'))).rejects.toThrow('EIO');
    expect(broken.calls).toEqual([]);
  });

  test('elsewhere than on Windows a missing right does not pass, and what is in use does', async () => {
    await fs.mkdir(inFolder('tree'));
    const rmdir = async (): Promise<void> => {
      throw failure('EPERM');
    };
    const { calls, effects } = recordedEffects({ files: { rmdir } });
    await expect(createPlatform('darwin', effects).removeTree(inFolder('tree'))).rejects.toThrow('EPERM');
    expect(calls).toEqual([]);
    const unreadable = recordedEffects({ files: { lstat: () => Promise.reject(failure('EPERM')) } });
    await expect(createPlatform('linux', unreadable.effects).removeTree('x')).rejects.toThrow('EPERM');
  });

  test('many entries of a folder, one after the other in part', async () => {
    await fs.mkdir(inFolder('tree', 'deep'), { recursive: true });
    for (let index = 0; index < 100; index += 1) await fs.writeFile(inFolder('tree', 'deep', `${index}`), '');
    let atOnce = 0;
    let most = 0;
    const unlink: FileEffects['unlink'] = async (target) => {
      most = Math.max(most, (atOnce += 1));
      await fs.unlink(target);
      atOnce -= 1;
    };
    await createPlatform('linux', recordedEffects({ files: { unlink } }).effects).removeTree(
      inFolder('tree'),
    );
    expect(await fs.readdir(folder)).toEqual([]);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(32);
  });

  test('what somebody else removes meanwhile is fine', async () => {
    await fs.mkdir(inFolder('tree', 'a'), { recursive: true });
    await fs.writeFile(inFolder('tree', 'b'), '');
    const { rmdir, unlink } = fs;
    const files: Partial<FileEffects> = {
      unlink: async (target: string) => {
        await unlink(target);
        throw failure('ENOENT');
      },
      rmdir: async (target: string) => {
        await rmdir(target);
        throw failure('ENOENT');
      },
    };
    await createPlatform('linux', recordedEffects({ files }).effects).removeTree(inFolder('tree'));
    expect(await fs.readdir(folder)).toEqual([]);
  });
});

describe('removing a tree without the rights to it', () => {
  // Tests may run as root, who may do everything. These do what the systems do for anybody else.
  const refuse = (code: string): never => {
    throw failure(code);
  };
  const modeOf = async (target: string) => (await fs.lstat(target)).mode;
  const posix: Partial<FileEffects> = {
    readdir: async (target, options) =>
      ((await modeOf(target)) & 0o500) === 0o500 ? fs.readdir(target, options) : refuse('EACCES'),
    unlink: async (target) =>
      ((await modeOf(path.dirname(target))) & 0o200) === 0 ? refuse('EACCES') : fs.unlink(target),
    rmdir: async (target) =>
      ((await modeOf(path.dirname(target))) & 0o200) === 0 ? refuse('EACCES') : fs.rmdir(target),
  };

  test('POSIX: read-only folders, as those of module caches, are opened', async () => {
    await fs.mkdir(inFolder('tree', 'locked', 'empty'), { recursive: true });
    await fs.writeFile(inFolder('tree', 'locked', 'file'), '');
    await fs.symlink('nowhere', inFolder('tree', 'locked', 'link'));
    await fs.chmod(inFolder('tree', 'locked'), 0o500);
    await fs.chmod(inFolder('tree'), 0o000);
    await createPlatform('linux', recordedEffects({ files: posix }).effects).removeTree(inFolder('tree'));
    expect(await fs.readdir(folder)).toEqual([]);
  });

  test('POSIX: the folder above the tree is not changed for it', async () => {
    await fs.mkdir(inFolder('above', 'tree'), { recursive: true });
    await fs.writeFile(inFolder('above', 'file'), '');
    await fs.chmod(inFolder('above'), 0o500);
    const platform = createPlatform('linux', recordedEffects({ files: posix }).effects);
    await expect(platform.removeTree(inFolder('above', 'tree'))).rejects.toThrow('EACCES');
    await expect(platform.removeTree(inFolder('above', 'file'))).rejects.toThrow('EACCES');
    expect((await modeOf(inFolder('above'))) & 0o777).toBe(0o500);
  });

  test('Windows: read-only files and links to folders', async () => {
    await fs.mkdir(inFolder('kept'));
    await fs.mkdir(inFolder('tree'));
    await fs.writeFile(inFolder('tree', 'file'), '', { mode: 0o400 });
    await fs.symlink(inFolder('kept'), inFolder('tree', 'link'), 'junction');
    const unlink: FileEffects['unlink'] = async (target) => {
      const found = await fs.lstat(target);
      return found.isSymbolicLink() || (found.mode & 0o200) === 0 ? refuse('EPERM') : fs.unlink(target);
    };
    const rmdir: FileEffects['rmdir'] = async (target) =>
      (await fs.lstat(target)).isSymbolicLink() ? fs.unlink(target) : fs.rmdir(target);
    const { calls, effects } = recordedEffects({ files: { unlink, rmdir } });
    await createPlatform('win32', effects).removeTree(inFolder('tree'));
    expect(await fs.readdir(folder)).toEqual(['kept']);
    expect(calls).toEqual([]);
  });
});
