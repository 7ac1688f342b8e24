import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { chooseTestEnvironment } from './test/support/test-environment.js';

/** Replace modules or the system's functions, which other files of the same worker would see. */
const APART = ['test/tasks/watching/**/*.test.ts'];

export default defineConfig({
  test: {
    // Most tests wait for git and other processes: two workers for each core keep it busy (measured on two cores).
    maxWorkers: 2 * availableParallelism(),
    // Far more than any test takes: on a busy machine a time limit must not be what fails.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    env: { ...chooseTestEnvironment(process.env['PATH']) },
    // Of files that have not changed since: a run of one file is done in two thirds of the time.
    experimental: { fsModuleCache: true },
    globalSetup: ['test/support/temporary-folder.ts'],
    setupFiles: ['test/support/own-cache.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90, branches: 90 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ['test/live/**', 'test/fixtures/**', ...APART],
          // A process and all modules anew for each file would be a quarter of the suite's time.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'apart', include: APART } },
    ],
  },
});
