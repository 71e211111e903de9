import { defineConfig } from 'vitest/config';
import { rooms, testsOf } from './scripts/mutation-rooms.ts';

const { ROOM } = process.env;

/** The tests of the code that `npm run mutate` changes. None of them needs a synthesized app. */
export default defineConfig({
  test: {
    include: (ROOM === undefined ? Object.keys(rooms) : [ROOM]).flatMap(testsOf),
    exclude: ['test/**/*.long.test.ts'],
    setupFiles: 'test/support/property-runs.ts',
    testTimeout: 300_000,
    // A mutant starts one process for all files: each takes seconds to load the AWS SDK.
    isolate: false,
  },
});
