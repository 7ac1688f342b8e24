import { z } from 'zod';
import { CHECK_DEFAULTS } from './check-defaults.js';
import { readRepoPath } from './repo-path.js';
import { quoteInput } from './suggest.js';

/*
 * The one definition of `.nexus.yml`: validation, defaults, JSON Schema and the reference page come from here.
 * Every key has a default, so an empty file is valid. Durations are in seconds unless a name says otherwise.
 */

/** A folder inside the repository, normalised; see `readRepoPath` for what is refused. */
const repoFolder = z
  .string()
  .min(1)
  .transform((text, context) => {
    const reading = readRepoPath(text);
    if (reading.kind === 'path') return reading.path;
    context.addIssue({ code: 'custom', message: `The folder ${quoteInput(text)} ${reading.reason}.` });
    return z.NEVER;
  });

export const checkSchema = z
  .strictObject({
    name: z.string().trim().min(1).optional().describe('How reports call this check; default: the command.'),
    run: z
      .string()
      .trim()
      .min(1)
      .describe('The command, given to the shell of the system (sh, on Windows cmd).'),
    cwd: repoFolder.prefault(CHECK_DEFAULTS.cwd).describe('Folder inside the repository in which it runs.'),
    paths: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Globs: after a documentation commit the check runs again only if one of these files changed. Empty: always.',
      ),
    timeout: z
      .number()
      .positive()
      .default(CHECK_DEFAULTS.timeout)
      .describe('Seconds; then the check and everything it started is ended.'),
  })
  .describe('One check.');

interface ServerKeys {
  backend: (typeof BACKENDS)[number];
  url?: string | undefined;
}

/** What one role must say so that its server can be found. */
function requireAddress(role: ServerKeys, context: z.RefinementCtx): void {
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

const command = z.union([
  z
    .string()
    .trim()
    .min(1)
    .transform((run) => checkSchema.parse({ run })),
  checkSchema,
]);

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
function splitModels<R extends { model: string | string[] }>(
  role: R,
): Omit<R, 'model'> & { model: string; fallbacks: string[] } {
  const [model = '', ...fallbacks] = typeof role.model === 'string' ? [role.model] : role.model;
  return { ...role, model, fallbacks };
}

/** Kinds of model servers that a role can name. */
const BACKENDS = ['ollama', 'lm-studio', 'lemonade', 'llama-server', 'vllm', 'openai', 'embedded'] as const;

const roleSchema = (model: string, contextTokens: number, maxTokens: number) =>
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

export const configSchema = z.strictObject({
  overseer: roleSchema('llama3.1:8b', 8192, 1536)
    .superRefine(requireAddress)
    .transform(splitModels)
    .prefault({})
    .describe('Plans tasks and writes documents.'),
  coder: roleSchema('qwen2.5-coder:7b', 16_384, 4096)
    .extend({
      format: z
        .enum(['auto', 'whole-file', 'named-declaration', 'search-replace', 'unified-diff'])
        .default('auto')
        .describe(
          'Edit format that the Coder is asked for. `auto`: whole files while they are small, above them only the declarations that change where these are known, search/replace otherwise; another one that `nexus models calibrate` found clearly better takes their place.',
        ),
    })
    .superRefine(requireAddress)
    .transform(splitModels)
    .prefault({})
    .describe('Writes the changes.'),
  models: z
    .strictObject({
      resident: z
        .union([z.literal('auto'), z.literal(1), z.literal(2)])
        .default('auto')
        .describe(
          'How many models fit in memory at once. 1: work is batched by role, so that models are loaded at most three times; `auto`: ask the server what is loaded.',
        ),
      keep_alive: z
        .string()
        .regex(/^-?\d+(s|m|h)?$/, 'must be a time such as "30m" or "1h", "0" for none or "-1" for ever')
        .default('30m')
        .describe(
          'How long a model is kept in memory after a request, where that can be told (Ollama, LM Studio, embedded).',
        ),
    })
    .prefault({})
    .describe('How models are used.'),
  allow_remote: z
    .boolean()
    .default(false)
    .describe('Allow model servers outside this machine and its private network.'),
  base: z.string().min(1).optional().describe('Branch that work starts from; default: the current branch.'),
  branch_prefix: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*[/-]$/,
      'must end in "/" or "-" and be a valid start of a branch name',
    )
    .default('nexus/')
    .describe('Start of the name of every feature branch.'),
  docs: repoFolder.prefault('docs/nexus').describe('Folder for plan documents.'),
  approval: z
    .enum(['none', 'plan'])
    .default('none')
    .describe('`plan`: a run waits after the plan until `nexus run TASK` is called again.'),
  checks: z.array(command).prefault([]).describe('Commands that must pass before a branch is called ready.'),
  setup: z
    .array(command)
    .prefault([])
    .describe('Commands that make a fresh worktree ready for the checks (npm ci, …).'),
  fix: z
    .array(command)
    .prefault([])
    .describe(
      'Commands that may repair style before the verdict (a formatter, …); what they change is committed.',
    ),
  link: z
    .array(repoFolder)
    .optional()
    .describe(
      'Ignored folders of the checkout that are linked into the worktree; default: node_modules, .venv, venv, vendor where they are there and ignored and no `setup` is given.',
    ),
  protect: z
    .array(z.string().min(1))
    .default([])
    .describe('Globs of files that no task may change unless it names them; added to the built-in ones.'),
  watch: z
    .strictObject({
      settle: z
        .number()
        .min(0.1)
        .max(3600)
        .default(3)
        .describe('Seconds without a change of the file after which `nexus watch` takes a task up.'),
    })
    .prefault({})
    .describe('How `nexus watch` works.'),
  limits: z
    .strictObject({
      steps: z.int().min(1).max(50).default(6).describe('Steps in one plan.'),
      attempts: z
        .int()
        .min(1)
        .max(20)
        .default(4)
        .describe('Replies asked for in one step, plan or document, and repairs in one run.'),
      minutes: z.number().positive().default(120).describe('Time for one task.'),
      first_token: z
        .number()
        .positive()
        .default(1800)
        .describe('Seconds from a request to its first token, loading and reading included.'),
      silence: z
        .number()
        .positive()
        .default(180)
        .describe('Seconds without a token in the middle of an answer.'),
      request: z.number().positive().default(3600).describe('Seconds for one whole request.'),
      output: z.int().min(1000).default(20_000).describe('Characters kept of the output of one check.'),
    })
    .prefault({})
    .describe('Where Nexus stops by itself.'),
});

export type Config = z.infer<typeof configSchema>;
export type CheckConfig = z.infer<typeof checkSchema>;
