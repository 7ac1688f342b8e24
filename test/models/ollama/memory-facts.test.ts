import { expect, it, onTestFinished } from 'vitest';
import { createOllamaBackend } from '../../../src/models/ollama/backend.js';
import { readCacheSize } from '../../../src/models/ollama/cache-size.js';
import { startScriptedOllama } from '../../support/scripted-ollama.js';

it.each<[string, Record<string, unknown>, number | undefined]>([
  [
    'Qwen2.5-Coder 7B',
    {
      'general.architecture': 'qwen2',
      'qwen2.block_count': 28,
      'qwen2.attention.head_count': 28,
      'qwen2.attention.head_count_kv': 4,
      'qwen2.embedding_length': 3584,
    },
    56 * 1024,
  ],
  [
    'widths of its own',
    {
      'general.architecture': 'a',
      'a.block_count': 2,
      'a.attention.head_count_kv': 8,
      'a.attention.key_length': 256,
      'a.attention.value_length': 128,
    },
    2 * 8 * 384 * 2,
  ],
  [
    'as many heads of keys as of questions',
    {
      'general.architecture': 'a',
      'a.block_count': 32,
      'a.attention.head_count': 32,
      'a.embedding_length': 4096,
    },
    512 * 1024,
  ],
  [
    'a cache in every fourth layer',
    {
      'general.architecture': 'a',
      'a.block_count': 64,
      'a.full_attention_interval': 4,
      'a.attention.head_count_kv': 4,
      'a.attention.key_length': 256,
    },
    64 * 1024,
  ],
  [
    'a figure for each layer, which comes as null',
    {
      'general.architecture': 'a',
      'a.block_count': 2,
      'a.attention.head_count': 8,
      'a.attention.head_count_kv': null,
      'a.embedding_length': 64,
    },
    undefined,
  ],
  ['nothing', {}, undefined],
  ['no figures', { 'general.architecture': 'a', 'a.block_count': 'many' }, undefined],
])('the cache of a token: %s', (_, info, bytes) => {
  expect(readCacheSize(info)).toBe(bytes);
});

it('says when a loaded model is dropped, unless it stays for ever', async () => {
  const soon = new Date(Date.now() + 60_000).toISOString();
  const server = await startScriptedOllama({
    replies: () => undefined,
    models: ['soon:1b', 'never:1b', 'odd:1b', 'plain:1b'],
    override: (request, response) => {
      if (request.url !== '/api/ps') return false;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          models: [
            { name: 'soon:1b', expires_at: soon.replace('Z', '000001+00:00') },
            { name: 'never:1b', expires_at: '2318-02-14T11:45:37.1Z' },
            { name: 'odd:1b', expires_at: 'later' },
            { name: 'plain:1b' },
          ],
        }),
      );
      return true;
    },
  });
  onTestFinished(async () => server.close());
  const backend = createOllamaBackend({ address: new URL(server.url), keepAlive: '5m' });
  const installed = await backend.installed(new AbortController().signal);
  expect(installed.map(({ loaded }) => loaded?.expiresAt)).toEqual([soon, undefined, undefined, undefined]);
});
