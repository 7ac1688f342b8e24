import { z } from 'zod';

/*
 * What Nexus reads of Ollama's answers. Figures that a server leaves out stay undefined; other keys are ignored.
 */

const count = z.number().nonnegative().nullish();
const text = z.string().nullish();
const details = z.object({ family: text, parameter_size: text, quantization_level: text }).nullish();

export const versionAnswer = z.object({ version: z.string() });

const listedModel = z.object({
  name: z.string(),
  digest: text,
  size: count,
  details,
  remote_host: text,
  remote_model: text,
});
export const listAnswer = z.object({ models: z.array(listedModel).nullish() });

export const runningAnswer = z.object({
  models: z
    .array(
      z.object({ name: z.string(), size: count, size_vram: count, context_length: count, expires_at: text }),
    )
    .nullish(),
});

export const showAnswer = z.object({
  capabilities: z.array(z.string()).nullish(),
  details,
  model_info: z.record(z.string(), z.unknown()).nullish(),
  remote_host: text,
  remote_model: text,
});

export const chatPart = z.object({
  message: z.object({ content: text, thinking: text }).nullish(),
  done: z.boolean().nullish(),
  done_reason: text,
  load_duration: count,
  prompt_eval_count: count,
  prompt_eval_duration: count,
  eval_count: count,
  eval_duration: count,
});
export type ChatPart = z.infer<typeof chatPart>;

export const pullPart = z.object({ status: text, digest: text, total: count, completed: count });
