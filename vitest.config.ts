import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';
import { chooseTestEnvironment } from './test/support/test-environment.js';

/** Work on large texts: what their process has grown to, up to 700 MB, each start of another would have to copy. */
const LARGE = [
  'test/{coding,config,edits,models,planning,report,syntax,tasks}/**/*.test.ts',
  'test/repository/read.test.ts',
];
/** Replace modules or the system's functions, which other files of the same worker would see. */
const APART = ['test/tasks/watching/**/*.test.ts'];

const OTHERS = ['test/live/**', 'test/fixtures/**'];

/** One project after the other, as each has workers of its own: those of most processes, which take longest, first. */
class ByProject extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return PROJECTS.flatMap(({ test: { name } }) => sorted.filter(({ project }) => project.name === name));
  }
}

const PROJECTS = [
  {
    extends: true as const,
    test: {
      name: 'processes',
      include: ['test/**/*.test.ts'],
      exclude: [...OTHERS, ...APART, ...LARGE],
      // A process and all modules anew for each file would be a quarter of the suite's time.
      isolate: false,
    },
  },
  { extends: true as const, test: { name: 'apart', include: APART } },
  {
    extends: true as const,
    test: { name: 'values', include: LARGE, exclude: [...OTHERS, ...APART], isolate: false },
  },
];

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
    sequence: { sequencer: ByProject },
    projects: PROJECTS,
  },
});
