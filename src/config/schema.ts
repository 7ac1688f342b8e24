import { z } from 'zod';
import { CHECK_DEFAULTS } from './check-defaults.js';
import { readRepoPath } from './repo-path.js';
import { requireAddress, roleSchema, splitModels } from './role-schema.js';
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

const command = z.union([
  z
    .string()
    .trim()
    .min(1)
    .transform((run) => checkSchema.parse({ run })),
  checkSchema,
]);

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
