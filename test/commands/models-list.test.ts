import { expect, it } from 'vitest';
import { describeLoaded } from '../../src/commands/models-list.js';
import type { InstalledModel } from '../../src/models/port.js';

const NOW = Date.parse('2026-11-23T10:00:00Z');

it.each<[InstalledModel['loaded'], string]>([
  [undefined, '-'],
  [{ contextTokens: undefined, sizeBytes: undefined, gpuShare: undefined }, 'context ?'],
  [{ contextTokens: 8192, sizeBytes: 1, gpuShare: 1 }, 'context 8192, 100 % GPU'],
  [{ contextTokens: 8192, sizeBytes: 1, gpuShare: 0 }, 'context 8192, 100 % CPU'],
  [
    { contextTokens: 8192, sizeBytes: 1, gpuShare: 0.33, expiresAt: '2026-11-23T10:28:03Z' },
    'context 8192, 33 % GPU, 67 % CPU, drops in 28 min 03 s',
  ],
  [
    { contextTokens: 8192, sizeBytes: 1, gpuShare: undefined, expiresAt: '2026-11-23T09:00:00Z' },
    'context 8192, drops in 0.0 s',
  ],
])('%j is shown as %s', (loaded, text) => {
  expect(describeLoaded({ loaded }, NOW)).toBe(text);
});
