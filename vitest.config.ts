import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests of what needs no synthesized app. */
const pure = [
  'test/{alert,aws,backfill,baseline,decisions,deployment,docs,drift,evidence,gaps,incident,log-files,prevention,reconcile,recovery,text,trail,watchtower}/**/*.test.ts',
  'test/licenses.test.ts',
  'test/infra/limits.test.ts',
  'test/cli/{help,incident-lines,layout,report-page,report-timeline,scope,terraform-state}.test.ts',
  'test/sandbox/{consistency,iam-policy}.test.ts',
];

/** Tests that take long and seldom find what no other does: `npm run test:all` runs them, and each property in full. */
const long = ['test/**/*.long.test.ts'];

export default defineConfig({
  test: {
    // For what hangs alone: a machine that has other work to do makes each test slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    setupFiles: 'test/support/property-runs.ts',
    // The functions of the sandbox use the cores, too, and each worker starts a sandbox and its functions.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { extends: true, test: { name: 'pure', include: pure, exclude: long, isolate: false } },
      {
        extends: true,
        test: {
          name: 'trailkeeper',
          include: ['test/**/*.test.ts'],
          exclude: [...pure, ...long],
          globalSetup: 'test/support/synthesized.ts',
          // A worker runs all its files in one process, with one sandbox.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: long,
          globalSetup: 'test/support/synthesized.ts',
          isolate: false,
          // These often wait for a time to pass.
          maxWorkers: 3 * availableParallelism(),
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'conformance',
          include: ['conformance/**/*.test.ts'],
          globalSetup: 'conformance/sandbox.ts',
          // One account has room for five trails, so one file at a time; they share nothing but the SDK.
          maxWorkers: 1,
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
