import { z } from 'zod';
import { isSameModel } from '../../names.js';
import { SAMPLING } from '../../stream-answer.js';
import { versionAnswer } from '../answers.js';
import { describeListed, listModels } from '../list-models.js';
import type { Preset } from '../preset.js';

const tokenCount = z.object({ count: z.number() });

/** vLLM serves one model, with the context that it was started with (reference §3.4). */
export const vllm: Preset = {
  kind: 'vllm',
  title: 'vLLM',
  ports: [8000],
  apiPath: '/v1',
  version: async (line) => (await line.ask(versionAnswer, { path: '/version' })).version,
  installed: async (line) =>
    (await listModels(line, '/v1/models')).map((model) => ({
      ...describeListed(model),
      // What it was started with, not what the model was made for.
      contextTokens: undefined,
      loaded: { contextTokens: model.max_model_len ?? undefined, sizeBytes: undefined, gpuShare: undefined },
    })),
  async look(line, name) {
    const models = await listModels(line, '/v1/models');
    const model = models.find((each) => isSameModel('vllm', each.id, name));
    if (model === undefined) return { kind: 'missing' };
    return { kind: 'loaded', id: model.id, windowTokens: model.max_model_len ?? undefined };
  },
  async countTokens(line, id, messages) {
    const body = { model: id, messages };
    return (await line.ask(tokenCount, { path: '/tokenize', body, model: id })).count;
  },
  extras: ({ role, thinks }) => ({
    top_k: SAMPLING[role].top_k,
    repetition_penalty: SAMPLING[role].repeat_penalty,
    chat_template_kwargs: { enable_thinking: thinks },
  }),
};
