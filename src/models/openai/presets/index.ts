import type { OpenAiKind, Preset } from '../preset.js';
import { lemonade } from './lemonade.js';
import { llamaServer } from './llama-server.js';
import { lmStudio } from './lm-studio.js';
import { plain } from './plain.js';
import { vllm } from './vllm.js';

export const PRESETS: Readonly<Record<OpenAiKind, Preset>> = {
  'lm-studio': lmStudio,
  lemonade,
  'llama-server': llamaServer,
  vllm,
  openai: plain,
};
