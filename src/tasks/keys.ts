/*
 * The one definition of the keys of a task in `tasks.yml`: the reader, the "did you mean" and the JSON Schema come
 * from here. It is a table and not a zod schema because `nexus status` reads tasks at every start, and loading zod
 * costs more than reading a thousand tasks.
 */

export const TASK_KINDS = ['change', 'docs', 'research'] as const;
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export const TASK_STATUSES = ['draft', 'paused'] as const;

/** A slug: safe as the last part of a branch name and as a file name on every system. */
export const TASK_ID_PATTERN = /^[a-z0-9][a-z0-9-]*$/;
export const TASK_ID_MAX = 64;

export interface TaskKey {
  type: 'id' | 'ids' | 'text' | 'texts' | 'paths' | 'flag' | 'choice' | 'checks';
  values?: readonly string[];
  describe: string;
}

export const TASK_KEYS = {
  id: {
    type: 'id',
    describe:
      'Name of the task in commands and in the branch name: small letters, digits and hyphens. Default: made from the title.',
  },
  title: { type: 'text', describe: 'What to do, in one line.' },
  description: { type: 'text', describe: 'What to do, in as many lines as it takes.' },
  kind: {
    type: 'choice',
    values: TASK_KINDS,
    describe: '`docs` and `research` end in documents, not code. Default: change.',
  },
  files: {
    type: 'paths',
    describe:
      'Files or folders to look at first, relative to the top of the repository: a hint, not a limit.',
  },
  only: { type: 'flag', describe: 'true: no file outside `files` may change.' },
  acceptance: {
    type: 'texts',
    describe: 'Sentences that must be true at the end; both models read them, a person ticks them.',
  },
  checks: { type: 'checks', describe: 'Commands that must pass; they replace the configured ones.' },
  checks_add: { type: 'checks', describe: 'Commands that must pass besides the configured ones.' },
  depends_on: { type: 'ids', describe: 'Tasks that must be accepted before this one starts.' },
  stack: {
    type: 'flag',
    describe: 'true: start from the branch of the dependency as soon as that is in review.',
  },
  priority: { type: 'choice', values: PRIORITIES, describe: 'Default: normal.' },
  status: {
    type: 'choice',
    values: TASK_STATUSES,
    describe:
      '`draft`: not ready yet. `paused`: not now. Without the key the task is done as soon as it can be.',
  },
} as const satisfies Record<string, TaskKey>;

export type TaskKeyName = keyof typeof TASK_KEYS;
