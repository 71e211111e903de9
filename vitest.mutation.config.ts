import { defineConfig } from 'vitest/config';

/** The tests of core, drift and the loop alone, which need no synthesized app. */
export default defineConfig({
  test: {
    include: ['test/{baseline,drift,gaps,incident,reconcile,text,trail}/**/*.test.ts'],
    setupFiles: 'test/support/property-runs.ts',
    env: { FC_RUNS: 'Infinity' },
    testTimeout: 60_000,
  },
});
