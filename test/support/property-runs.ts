import fc from 'fast-check';

/**
 * How often a property is tried: as often as it is worth, and at most `FC_RUNS` times, 10 unless that is set.
 * `npm run test:all` sets no limit.
 */
export const runs = (full: number): number => Math.min(full, Number(process.env.FC_RUNS ?? 10));

// The limit holds for properties that do not say how often, too: fast-check tries those 100 times.
fc.configureGlobal({ numRuns: runs(100) });
