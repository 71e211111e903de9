import { defineConfig } from 'vitest/config';

/** Tests of what needs no synthesised app. */
const pure = [
  'test/{core,docs,drift,alert}/**/*.test.ts',
  'test/aws/{errors,tell}.test.ts',
  'test/preview-alerts.test.ts',
  'test/reconcile.test.ts',
  'test/sandbox/consistency.test.ts',
  'test/backfill-legs.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'pure', include: pure } },
      {
        extends: true,
        test: {
          name: 'trailkeeper',
          include: ['test/**/*.test.ts'],
          exclude: pure,
          globalSetup: 'test/synthesized.ts',
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
