import { createOpenAiBackend } from '../../../src/models/openai/backend.js';
import type { Backend, Model, ModelOptions } from '../../../src/models/port.js';
import {
  startScriptedOpenAi,
  type ScriptedOpenAi,
  type ScriptedOpenAiOptions,
} from '../../support/scripted-openai.js';
import { LIMITS } from '../chat-support.js';

export interface Scene {
  server: ScriptedOpenAi;
  backend: Backend;
  model: Model;
}

/** A scripted server of a kind, by default with one answer `ok` after the other, and a backend for it. */
export async function openScene(
  options: Partial<ScriptedOpenAiOptions> & { kind: ScriptedOpenAiOptions['kind'] },
  more: { apiKey?: string; keepAlive?: string } & Partial<ModelOptions> = {},
): Promise<Scene> {
  const server = await startScriptedOpenAi({ replies: () => 'ok', ...options });
  const { apiKey, keepAlive = '30m', ...model } = more;
  const { kind } = options;
  const backend = createOpenAiBackend({
    kind,
    addresses: [new URL(kind === 'openai' ? `${server.url}/v1` : server.url)],
    keepAlive,
    apiKey,
    limits: LIMITS,
    retryBaseMs: 1,
  });
  return { server, backend, model: createModel(backend, model) };
}

export function createModel(backend: Backend, options: Partial<ModelOptions> = {}): Model {
  return backend.model({
    role: 'coder',
    name: 'qwen2.5-coder:7b',
    contextTokens: 4096,
    limits: LIMITS,
    ...options,
  });
}
