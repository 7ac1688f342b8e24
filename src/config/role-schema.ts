import { z } from 'zod';
import { quoteInput } from './suggest.js';

interface ServerKeys {
  backend: (typeof BACKENDS)[number];
  url?: string | undefined;
}

/** What one role must say so that its server can be found. */
export function requireAddress(role: ServerKeys, context: z.RefinementCtx): void {
  if (role.backend === 'embedded' && role.url !== undefined) {
    context.addIssue({
      code: 'custom',
      path: ['url'],
      message: '`backend: embedded` runs the model in Nexus itself and has no address; leave `url:` out.',
    });
  }
  if (role.backend !== 'openai' || role.url !== undefined) return;
  context.addIssue({
    code: 'custom',
    path: ['backend'],
    message: '`backend: openai` has no usual address.',
    params: { remedy: 'Write that of the server beside it, like `url: http://127.0.0.1:5000/v1`.' },
  });
}

const modelName = z.string().min(1);

/** A model of a role, or several in the order in which one takes the place of another. */
const modelNames = z.union([modelName, z.array(modelName).min(1).superRefine(refuseTwins)]);

function refuseTwins(names: readonly string[], context: z.RefinementCtx): void {
  const twin = names.findIndex((name, index) => names.indexOf(name) < index);
  if (twin === -1) return;
  context.addIssue({
    code: 'custom',
    path: [twin],
    message: `${quoteInput(names[twin] ?? '')} is in the list twice.`,
    params: {
      remedy: 'Name each model once: the first is used, each next one when those before it cannot be.',
    },
  });
}

/** The first model apart from those that may take its place. */
export function splitModels<R extends { model: string | string[] }>(
  role: R,
): Omit<R, 'model'> & { model: string; fallbacks: string[] } {
  const [model = '', ...fallbacks] = typeof role.model === 'string' ? [role.model] : role.model;
  return { ...role, model, fallbacks };
}

/** Kinds of model servers that a role can name. */
const BACKENDS = ['ollama', 'lm-studio', 'lemonade', 'llama-server', 'vllm', 'openai', 'embedded'] as const;

/** What is said of one role; `requireAddress` and `splitModels` come behind it. */
export const roleSchema = (model: string, contextTokens: number, maxTokens: number) =>
  z.strictObject({
    backend: z
      .enum(BACKENDS)
      .default('ollama')
      .describe(
        'Kind of the model server; `openai`: any other that speaks the protocol of OpenAI; `embedded`: none, Nexus loads a GGUF file itself (needs the package node-llama-cpp).',
      ),
    model: modelNames
      .default(model)
      .describe(
        'Name of the model as the server knows it; for `embedded` the path of a GGUF file: absolute, from `~`, or relative to the repository. A list: the next one takes the place of one that is missing, does not fit in memory or fails.',
      ),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        'Address of the model server; default: the usual port of its kind on this machine, for Ollama OLLAMA_HOST. `openai` has no default.',
      ),
    api_key_env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable, not the key itself')
      .optional()
      .describe(
        'Environment variable with the key of the server; default: LM_API_TOKEN, LEMONADE_API_KEY, LLAMA_API_KEY or VLLM_API_KEY for these kinds, none for the others.',
      ),
    context: z
      .int()
      .min(2048)
      .max(1_048_576)
      .default(contextTokens)
      .describe(
        'Context window in tokens, the same for every request of a run: another value makes the server load the model again.',
      ),
    max_answer: z.int().min(128).max(131_072).default(maxTokens).describe('Longest answer, in tokens.'),
    think: z
      .enum(['off', 'on', 'low', 'medium', 'high'])
      .default('off')
      .describe(
        'Whether a model that can think does so before it answers; the levels are for models that have them. Thinking takes minutes on most machines.',
      ),
    max_thinking: z
      .int()
      .min(128)
      .max(131_072)
      .default(4096)
      .describe('Longest thinking, in tokens, if `think` is not off; the prompt has so much less room.'),
  });
