import fc from 'fast-check';

/**
 * The number of runs of a property: the given number, but at most `FC_RUNS`, 10 by default. `npm run test:all` sets no
 * limit.
 */
export const runs = (full: number): number => Math.min(full, Number(process.env.FC_RUNS ?? 10));

/**
 * The seed of all properties, so that a commit fails in each run or in none: a number, or `random`, as `npm run test:random` sets it.
 */
const { FC_SEED: seed = '20261130' } = process.env;

// Also limits properties without a number, which fast-check runs 100 times.
fc.configureGlobal({
  numRuns: runs(100),
  ...(seed === 'random' ? {} : { seed: Number(seed) }),
});
