import { z } from 'zod';

/*
 * What Nexus reads of the answers of OpenAI-compatible servers. Figures that a server leaves out stay undefined; other
 * keys are ignored.
 */

const count = z.number().nonnegative().nullish();
const text = z.string().nullish();

const message = z.object({
  content: text,
  // Two names for the same (reference §3.5); other servers put objects there.
  reasoning_content: z.unknown().optional(),
  reasoning: z.unknown().optional(),
});

export const chatChunk = z.object({
  model: text,
  choices: z
    .array(z.object({ delta: message.nullish(), message: message.nullish(), finish_reason: text }))
    .nullish(),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: z.object({ cached_tokens: count }).nullish(),
    })
    .nullish(),
  /** llama-server; reference §3.3. */
  timings: z
    .object({ cache_n: count, prompt_n: count, prompt_ms: count, predicted_n: count, predicted_ms: count })
    .nullish(),
});
export type ChatChunk = z.infer<typeof chatChunk>;

/** `/v1/models` with what single kinds add to it. */
export const modelList = z.object({
  data: z
    .array(
      z.object({
        id: z.string(),
        owned_by: text,
        /** vLLM. */
        max_model_len: count,
        /** llama-server. */
        meta: z
          .object({ n_ctx: count, n_ctx_train: count, n_params: count, size: count, ftype: text })
          .nullish(),
        aliases: z.array(z.string()).nullish(),
        status: z.object({ value: text }).nullish(),
        /** Lemonade. */
        size: z.unknown().optional(),
        recipe: text,
        checkpoint: text,
        downloaded: z.boolean().nullish(),
        labels: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
});
export type ListedModel = NonNullable<z.infer<typeof modelList>['data']>[number];

export const versionAnswer = z.object({ version: z.string() });
