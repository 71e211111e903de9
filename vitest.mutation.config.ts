import { defineConfig } from 'vitest/config';

const all =
  '{alert,backfill,baseline,decisions,deployment,drift,evidence,gaps,incident,log-files,prevention,reconcile,recovery,text,trail,watchtower}';
/** A part of `drift/` has the tests of all of it. */
const [room] = (process.env.ROOM ?? all).split('/');

/** The tests of the code that `npm run mutate` changes. None of them needs a synthesized app. */
export default defineConfig({
  test: {
    include: [`test/${room}/**/*.test.ts`],
    exclude: ['test/**/*.long.test.ts'],
    setupFiles: 'test/support/property-runs.ts',
    testTimeout: 300_000,
    // A mutant starts one process for all files: each takes seconds to load the AWS SDK.
    isolate: false,
  },
});
