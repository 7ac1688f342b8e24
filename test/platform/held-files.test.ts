import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { retryWhileHeld, retryWhileHeldSync, writeAtomically } from '../../src/platform/held-files.js';
import { makeFolder } from './recorded-effects.js';

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

describe('files that another process holds', () => {
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
});

describe('the same without letting anything else run', () => {
  function failingSync(code: string, times: number): { act: () => void; tries: () => number } {
    let tries = 0;
    return {
      tries: () => tries,
      act: () => {
        tries += 1;
        if (tries <= times) throw Object.assign(new Error(code), { code });
      },
    };
  }

  it('Windows: what is held is tried again, but not for ever', () => {
    const held = failingSync('EBUSY', 3);
    retryWhileHeldSync(held.act, 'win32');
    expect(held.tries()).toBe(4);
    const kept = failingSync('EPERM', 100);
    expect(() => retryWhileHeldSync(kept.act, 'win32')).toThrow('EPERM');
    expect(kept.tries()).toBe(11);
  });

  it('elsewhere a refusal is one', () => {
    const { act, tries } = failingSync('EPERM', 1);
    expect(() => retryWhileHeldSync(act, 'linux')).toThrow('EPERM');
    expect(tries()).toBe(1);
  });
});

describe('a file that is written as a whole', () => {
  it('replaces the one before, and leaves no draft', async () => {
    const folder = await makeFolder();
    const file = join(folder, 'file');
    await writeAtomically(file, 'one', { mode: 0o600 });
    await writeAtomically(file, Buffer.from('two'), { fsync: false });
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['file']);
    await expect(writeAtomically(join(folder, 'missing', 'file'), '')).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
