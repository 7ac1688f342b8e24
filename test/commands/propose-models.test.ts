import { expect, it } from 'vitest';
import { proposeModels } from '../../src/commands/propose-models.js';
import type { InstalledModel } from '../../src/models/port.js';

const GIB = 1024 ** 3;

function installed(...models: [name: string, gigabytes?: number][]): InstalledModel[] {
  return models.map(([name, gigabytes]) => ({
    name,
    digest: undefined,
    sizeBytes: gigabytes === undefined ? undefined : gigabytes * 1e9,
    parameters: undefined,
    quantisation: undefined,
    contextTokens: undefined,
    loaded: undefined,
  }));
}

it.each<[string, InstalledModel[], number, string, string]>([
  ['nothing there, enough memory for a better one', [], 32, 'qwen3-coder:30b', 'qwen3-coder:30b'],
  ['nothing there, little memory', [], 8, 'qwen2.5-coder:7b', 'qwen2.5-coder:7b'],
  ['a machine sold with 16 GB', [], 15.5, 'llama3.1:8b', 'qwen2.5-coder:7b'],
  [
    'the defaults among larger ones',
    installed(['mistral-large', 70], ['llama3.1:8b', 5], ['QWEN2.5-coder:7b', 5], ['codellama:70b', 40]),
    64,
    'llama3.1:8b',
    'qwen2.5-coder:7b',
  ],
  [
    'others: the largest that fits the role',
    installed(['starcoder2:3b', 2], ['deepseek-coder:6.7b', 4], ['mistral:7b', 4], ['phi3:mini', 2]),
    32,
    'mistral:7b',
    'deepseek-coder:6.7b',
  ],
  [
    'models that answer no questions, and one of unknown size',
    installed(['nomic-embed-text', 1], ['bge-m3', 1], ['strange']),
    32,
    'qwen3-coder:30b',
    'qwen3-coder:30b',
  ],
  [
    'one model for both on a small machine',
    installed(['qwen2.5-coder:1.5b', 1], ['llama3.1:8b', 5]),
    8,
    'qwen2.5-coder:1.5b',
    'qwen2.5-coder:1.5b',
  ],
])('%s', (_, models, gib, overseer, coder) => {
  const machine = { ramBytes: gib * GIB, graphics: { kind: 'none' } } as const;
  expect(proposeModels(models, machine)).toMatchObject({ overseer, coder });
});
