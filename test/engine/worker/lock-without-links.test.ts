import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { acquireLock } from '../../../src/engine/worker/lock.js';

vi.mock('node:fs/promises', async (original) => ({
  ...(await original<object>()),
  link: async () => Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' })),
}));

describe('a file system without hard links', () => {
  it('has the lock, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nexus-lock-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const lock = await acquireLock(folder);
    await expect(acquireLock(folder)).rejects.toMatchObject({ code: 'busy' });
    await lock.release();
    expect(readdirSync(join(folder, 'nexus'))).toEqual([]);
    rmSync(join(folder, 'nexus'), { recursive: true });
  });
});
