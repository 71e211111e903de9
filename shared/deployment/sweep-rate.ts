/** The value of `sweepEvery` that adds light checks between sweeps of every minute. */
export const lightChecks = '10 seconds';

/** The rate of the sweeps, for `sweepEvery`. */
export const sweepRate = (sweepEvery: string): string =>
  sweepEvery === lightChecks ? '1 minute' : sweepEvery;

/** The minutes in a rate, for example `5 minutes` or `1 hour`. */
export function minutesOf(rate: string): number {
  const [count = '', unit = ''] = rate.split(' ');
  return Number(count) * (unit.startsWith('hour') ? 60 : 1);
}

/** After how many minutes without a heartbeat something is wrong. */
export const heartbeatTimeout = (sweepEvery: string): number =>
  Math.max(5, 3 * minutesOf(sweepRate(sweepEvery)));
