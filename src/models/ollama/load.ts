import type { ChatRequest } from 'ollama/browser';
import { LOAD_LIMITS } from '../limits.js';
import { openOllamaCall, type OllamaServer } from './client.js';
import { isCloudName } from './names.js';
import { refuseCloud } from './questions.js';

/**
 * Reads a model into memory: a request without messages (reference §1.2). What decides how it is loaded is as in every
 * later request, or that would load it once more.
 */
export async function loadModel(
  server: OllamaServer,
  model: { name: string; contextTokens: number; keepAlive: string | number },
  signal: AbortSignal,
): Promise<void> {
  const { name, contextTokens, keepAlive } = model;
  if (isCloudName(name)) throw refuseCloud(server, name);
  await send(server, { model: name, keep_alive: keepAlive, options: { num_ctx: contextTokens } }, signal);
}

export async function unloadModel(server: OllamaServer, name: string, signal: AbortSignal): Promise<void> {
  await send(server, { model: name, keep_alive: 0 }, signal);
}

async function send(
  server: OllamaServer,
  body: Pick<ChatRequest, 'model' | 'keep_alive' | 'options'>,
  signal: AbortSignal,
): Promise<void> {
  const call = await openOllamaCall(server, {
    limits: { ...LOAD_LIMITS, connectMs: server.questionLimits.connectMs },
    signal,
    model: body.model,
    shape: { kind: 'value' },
  });
  const request = { ...body, messages: [], stream: false as const, truncate: false, shift: false };
  try {
    await call.client.chat(request);
  } finally {
    await call.close();
  }
}
