import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeFile, replaceFile } from '../../../src/engine/worker/folders.js';
import { createFolder } from './scene.js';

describe('files that another process reads', () => {
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
