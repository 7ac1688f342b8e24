import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeFile, replaceFile, retryWhileHeld } from '../../../src/engine/worker/folders.js';
import { createFolder } from './scene.js';

function failing(code: string, times: number): { act: () => Promise<string>; tries: () => number } {
  let tries = 0;
  return {
    tries: () => tries,
    act: async () => {
      tries += 1;
      if (tries <= times) throw Object.assign(new Error(code), { code });
      return 'done';
    },
  };
}

describe('files that another process reads', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('Windows: %s is tried again', async (code) => {
    const { act } = failing(code, 3);
    expect(await retryWhileHeld(act, 'win32')).toBe('done');
  });

  it('Windows: not for ever, and not what will not change', async () => {
    const held = failing('EPERM', 100);
    await expect(retryWhileHeld(held.act, 'win32')).rejects.toMatchObject({ code: 'EPERM' });
    expect(held.tries()).toBe(11);
    const gone = failing('ENOENT', 1);
    await expect(retryWhileHeld(gone.act, 'win32')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(gone.tries()).toBe(1);
  });

  it('elsewhere a refusal is one', async () => {
    const { act, tries } = failing('EPERM', 1);
    await expect(retryWhileHeld(act, 'linux')).rejects.toMatchObject({ code: 'EPERM' });
    expect(tries()).toBe(1);
  });

  it('are replaced as a whole, and no draft stays', async () => {
    const { folder } = createFolder();
    await replaceFile(join(folder, 'a'), 'one');
    await replaceFile(join(folder, 'a'), 'two');
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('two');
    mkdirSync(join(folder, 'b', 'c'), { recursive: true });
    writeFileSync(join(folder, 'b', 'c', 'd'), '');
    await expect(replaceFile(join(folder, 'b'), 'three')).rejects.toThrow(/rename/);
    expect(readdirSync(folder).toSorted()).toEqual(['a', 'b']);
  });

  it('are removed without a word', async () => {
    const { folder } = createFolder();
    await removeFile(join(folder, 'missing'));
    mkdirSync(join(folder, 'folder'));
    await removeFile(join(folder, 'folder'));
    expect(readdirSync(folder)).toEqual(['folder']);
  });
});
