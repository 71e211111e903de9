import { setTimeout } from 'node:timers/promises';

/** The result of work, if it is done in so many seconds; otherwise throws `… in 15 seconds`. The work itself goes on. */
export async function inTime<Result>(
  seconds: number,
  problem: string,
  work: Promise<Result>,
): Promise<Result> {
  return Promise.race([work, late(seconds, problem)]);
}

async function late(seconds: number, problem: string): Promise<never> {
  await setTimeout(seconds * 1000, null, { ref: false });
  throw new Error(`${problem} in ${seconds} seconds`);
}
