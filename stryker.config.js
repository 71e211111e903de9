import { rooms } from './scripts/mutation-rooms.ts';

const room = process.env.ROOM;
if (room !== undefined && !Object.hasOwn(rooms, room)) {
  throw new Error(`ROOM=${room} is not one of ${Object.keys(rooms).join(', ')}`);
}

export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  // TypeScript 7 has no API for Stryker.
  tsconfigFile: 'none',
  mutate: room === undefined ? Object.values(rooms).flat() : rooms[room],
  coverageAnalysis: 'perTest',
  reporters: ['clear-text', 'progress-append-only'],
  // Below 95 % of mutants killed it fails.
  thresholds: { high: 95, low: 95, break: 95 },
  clearTextReporter: { allowColor: false, logTests: false },
  concurrency: 2,
  // A mutant counts as killed if it times out: a busy machine must not kill any.
  timeoutMS: 60_000,
  ignorePatterns: ['cdk.out', 'reports'],
};
