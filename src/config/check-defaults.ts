/** Defaults of a check. Apart from the zod schema so that reading tasks.yml does not load zod. */
export const CHECK_DEFAULTS = { cwd: '.', timeout: 600 } as const;

/** Keys of a check; `test/tasks/read-checks.test.ts` holds them against the schema. */
export const CHECK_KEYS = ['name', 'run', 'cwd', 'paths', 'timeout'] as const;
