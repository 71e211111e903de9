import { defineConfig } from 'vitest/config';

/** The tests of core, drift and the loop alone, which need no synthesised app. */
export default defineConfig({
  test: {
    include: [
      'test/{core,drift}/**/*.test.ts',
      'test/aws/errors.test.ts',
      'test/reconcile.test.ts',
    ],
    setupFiles: 'test/property-runs.ts',
    env: { FC_RUNS: 'Infinity' },
    testTimeout: 60_000,
  },
});
