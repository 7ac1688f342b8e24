import { defineConfig } from 'vitest/config';

/** Tests against a real model server; `npm run test:live`. They skip themselves where there is none. */
export default defineConfig({
  test: {
    include: ['test/live/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // One model in memory is asked one thing at a time.
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
