import { expect, test } from 'vitest';
import { withoutFolders } from '../../src/models/names.js';

test.each([
  ['/home/ann/models/qwen-1.5b-q4_k_m.gguf', 'qwen-1.5b-q4_k_m.gguf'],
  ['~/models/coder.gguf', 'coder.gguf'],
  ['models/Coder.GGUF', 'Coder.GGUF'],
  ['C:\\Users\\Ann\\coder.gguf', 'coder.gguf'],
  ['/var/blobs/sha256-1234', 'sha256-1234'],
  ['/', '/'],
  ['qwen2.5-coder:7b', 'qwen2.5-coder:7b'],
  ['hf.co/org/model:Q4_K_M', 'hf.co/org/model:Q4_K_M'],
])('%s is %s where others read it', (name, shown) => {
  expect(withoutFolders(name)).toBe(shown);
});
