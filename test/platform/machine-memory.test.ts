import os from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readMachineMemory } from '../../src/platform/machine-memory.js';

const GIB = 1024 ** 3;

afterEach(() => {
  vi.restoreAllMocks();
});

/** A system with these programs (by name → what they print) and files. */
function effects(programs: Record<string, string> = {}, files: Record<string, string> = {}) {
  return {
    env: { SystemRoot: 'D:\\Windows' },
    output: async (file: string) => Promise.resolve(programs[file]),
    fs: {
      readFile: async (file: string) => {
        const text = files[file];
        return text === undefined ? Promise.reject(new Error('ENOENT')) : Promise.resolve(text);
      },
    },
  };
}

const LINUX = { platform: 'linux', arch: 'x64' } as const;
const vram = (card: number): string => `/sys/class/drm/card${card}/device/mem_info_vram_total`;

describe('readMachineMemory', () => {
  it('keeps to the limit of a container', async () => {
    vi.spyOn(os, 'totalmem').mockReturnValue(32 * GIB);
    const limit = vi.spyOn(process, 'constrainedMemory');
    for (const [given, ramBytes] of [
      [0, 32 * GIB],
      [8 * GIB, 8 * GIB],
      [2 ** 63, 32 * GIB],
    ] as const) {
      limit.mockReturnValue(given);
      expect((await readMachineMemory(effects(), LINUX)).ramBytes).toBe(ramBytes);
    }
  });

  it.each([
    ['Apple silicon', { platform: 'darwin', arch: 'arm64' }, {}, {}, { kind: 'unified' }],
    ['an older Mac', { platform: 'darwin', arch: 'x64' }, {}, {}, { kind: 'none' }],
    ['Linux without a card', LINUX, {}, {}, { kind: 'none' }],
    [
      'two cards of NVIDIA, one with a comma in its name',
      LINUX,
      { 'nvidia-smi': 'NVIDIA GeForce RTX 3090, 24576\nOdd, card, 8192\n' },
      {},
      {
        kind: 'cards',
        cards: [
          { name: 'NVIDIA GeForce RTX 3090', bytes: 24 * GIB },
          { name: 'Odd, card', bytes: 8 * GIB },
        ],
      },
    ],
    [
      'a card that shares the memory',
      LINUX,
      { 'nvidia-smi': 'NVIDIA GB10, [N/A]\n' },
      {},
      { kind: 'unknown' },
    ],
    [
      "AMD, and what a processor's graphics keep",
      LINUX,
      {},
      { [vram(0)]: '536870912\n', [vram(1)]: `${16 * GIB}\n`, [vram(2)]: 'no number' },
      { kind: 'cards', cards: [{ name: 'AMD graphics card', bytes: 16 * GIB }] },
    ],
    [
      'Windows with NVIDIA, by the full path of the program',
      { platform: 'win32', arch: 'x64' },
      { 'D:\\Windows\\System32\\nvidia-smi.exe': 'RTX 4060, 8188\r\n', 'nvidia-smi': 'evil, 1\n' },
      {},
      { kind: 'cards', cards: [{ name: 'RTX 4060', bytes: 8188 * 1024 ** 2 }] },
    ],
    ['Windows with another card', { platform: 'win32', arch: 'x64' }, {}, {}, { kind: 'unknown' }],
  ] as const)('%s', async (_, system, programs, files, graphics) => {
    expect((await readMachineMemory(effects(programs, files), system)).graphics).toEqual(graphics);
  });

  it('asks the machine that it runs on', async () => {
    expect((await readMachineMemory()).ramBytes).toBeGreaterThan(0);
  });
});
