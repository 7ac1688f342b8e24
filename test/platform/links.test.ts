import * as fs from 'node:fs/promises';
import path from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { createPlatform } from '../../src/platform.js';
import type { FileEffects } from '../../src/platform/effects.js';
import { makeFolder, recordedEffects } from './recorded-effects.js';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});

const inFolder = (...names: string[]): string => path.join(folder, ...names);

describe('links', () => {
  beforeEach(async () => {
    await fs.mkdir(inFolder('target'));
    await fs.writeFile(inFolder('file'), 'text');
  });

  test('POSIX: symbolic links for both', async () => {
    const platform = createPlatform('darwin', recordedEffects().effects);
    await platform.linkEntry(inFolder('target'), inFolder('a'));
    await platform.linkEntry(inFolder('file'), inFolder('b'));
    expect(await fs.readlink(inFolder('a'))).toBe(inFolder('target'));
    expect(await fs.readlink(inFolder('b'))).toBe(inFolder('file'));
  });

  test('Windows: a junction for a folder, a copy of a file', async () => {
    const made: string[] = [];
    const symlink: FileEffects['symlink'] = async (target, link, type) =>
      void made.push(`${target} ${link} ${String(type)}`);
    const windows = createPlatform('win32', recordedEffects({ files: { symlink } }).effects);
    await windows.linkEntry(inFolder('target'), inFolder('a'));
    expect(made).toEqual([`${inFolder('target')} ${inFolder('a')} junction`]);
    await windows.linkEntry(inFolder('file'), inFolder('b'));
    await fs.writeFile(inFolder('b'), 'changed');
    expect(await fs.readFile(inFolder('file'), 'utf8')).toBe('text');
  });
});
