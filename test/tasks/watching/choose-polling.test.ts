import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  choosePolling,
  findMountKind,
  pollingInterval,
  type PollingFacts,
  type PollingInput,
} from '../../../src/tasks/watching/choose-polling.js';
import { seesOwnWrites } from '../../../src/tasks/watching/self-test.js';
import { Cleanup } from './fixture.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

function choose(folder: string, input: PollingInput, facts: Partial<PollingFacts> = {}): Promise<boolean> {
  return choosePolling(folder, input, {
    env: {},
    readMounts: async () => '/dev/vda / ext4 rw 0 0\n',
    platform: 'linux',
    selfTest: async () => true,
    ...facts,
  });
}

describe('polling or events', () => {
  test.each([
    ['1', true],
    ['TRUE', true],
    ['yes', true],
    ['0', false],
    ['False', false],
    ['', false],
  ])('CHOKIDAR_USEPOLLING=%s wins over everything', async (value, expected) => {
    const folder = cleanup.folder();
    const facts = { env: { CHOKIDAR_USEPOLLING: value }, readMounts: async () => 'C: / 9p rw 0 0' };
    expect(await choose(folder, { polling: !expected }, facts)).toBe(expected);
  });

  test('the caller wins over what is found out', async () => {
    const folder = cleanup.folder();
    expect(await choose(folder, { polling: false }, { readMounts: async () => 'x / nfs rw 0 0' })).toBe(
      false,
    );
    expect(await choose(folder, { polling: true })).toBe(true);
  });

  test.each([
    '9p',
    'drvfs',
    'nfs',
    'nfs4',
    'cifs',
    'smb3',
    'fuse',
    'fuse.sshfs',
    'fuse.grpcfuse',
    'virtiofs',
    'vboxsf',
  ])('%s is polled', async (kind) => {
    expect(await choose(cleanup.folder(), {}, { readMounts: async () => `x / ${kind} rw 0 0\n` })).toBe(true);
  });

  test.each(['ext4', 'btrfs', 'xfs', 'zfs', 'tmpfs', 'overlay', 'fuseblk', 'apfs'])(
    '%s is not',
    async (kind) => {
      expect(await choose(cleanup.folder(), {}, { readMounts: async () => `x / ${kind} rw 0 0\n` })).toBe(
        false,
      );
    },
  );

  test('a link counts as what it leads to', async () => {
    const folder = cleanup.folder();
    mkdirSync(join(folder, 'share'));
    symlinkSync('share', join(folder, 'link'));
    const readMounts = async (): Promise<string> =>
      `d / ext4 rw 0 0\nx ${join(folder, 'share')} cifs rw 0 0\n`;
    expect(await choose(join(folder, 'link'), {}, { readMounts })).toBe(true);
    expect(await choose(folder, {}, { readMounts })).toBe(false);
  });

  test('where chokidar could not find the folder it is polled: a backslash in a name', async () => {
    const folder = join(cleanup.folder(), 'back\\slash');
    mkdirSync(folder);
    expect(await choose(folder, {})).toBe(true);
  });

  test('the self-test decides where nothing else does', async () => {
    const folder = cleanup.folder();
    const selfTest = vi.fn<PollingFacts['selfTest']>(async () => false);
    expect(await choose(folder, { probeFolder: folder }, { selfTest })).toBe(true);
    expect(selfTest.mock.calls).toEqual([[folder]]);
    expect(await choose(folder, { probeFolder: folder }, { selfTest: async () => undefined })).toBe(false);
    expect(await choose(folder, { probeFolder: folder })).toBe(false);
  });

  test('there is no self-test without a folder for it, or on another device', async () => {
    const selfTest = async (): Promise<boolean> => false;
    expect(await choose(cleanup.folder(), {}, { selfTest })).toBe(false);
    for (const probeFolder of [join(cleanup.folder(), 'none'), '/proc']) {
      expect(await choose(cleanup.folder(), { probeFolder }, { selfTest })).toBe(false);
    }
  });
});

test('the mount that a path is on', () => {
  const mounts = [
    'overlay / overlay rw 0 0',
    'C:\\134 /mnt/c 9p rw 0 0',
    'srv /mnt/my\\040share nfs4 rw 0 0',
    '/dev/sda /mnt/c/data ext4 rw 0 0',
    'auto /net autofs rw 0 0',
    'srv /net nfs rw 0 0',
    'broken',
    '',
  ].join('\n');
  const kinds = ['/home/a', '/mnt/c', '/mnt/c/x', '/mnt/cc', '/mnt/my share/x', '/mnt/c/data/x', '/net/x'];
  expect(kinds.map((path) => findMountKind(mounts, path))).toEqual([
    'overlay',
    '9p',
    '9p',
    'overlay',
    'nfs4',
    'ext4',
    'nfs',
  ]);
  expect(findMountKind('', '/x')).toBeUndefined();
});

test('CHOKIDAR_INTERVAL', () => {
  expect(
    [undefined, '250', '0', 'often', '3000000000'].map((given) =>
      pollingInterval({ CHOKIDAR_INTERVAL: given }),
    ),
  ).toEqual([500, 250, 20, 500, 60_000]);
});

describe('the self-test', () => {
  test('sees a write on an ordinary disk, and leaves nothing behind', async () => {
    const folder = cleanup.folder();
    expect(await seesOwnWrites(folder)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('says that nothing came', async () => {
    const folder = cleanup.folder();
    expect(await seesOwnWrites(folder, 0)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('does not know where it can neither watch nor write', async () => {
    expect(await seesOwnWrites(join(cleanup.folder(), 'none'))).toBeUndefined();
    expect(await seesOwnWrites('/proc/self')).toBeUndefined();
  });
});
