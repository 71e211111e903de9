import type { FinalizeHandler } from '@smithy/types';

export type Pace = { now(): number; sleep(ms: number): Promise<unknown> };

/** Starts calls at a rate, also those that take long. The first call starts at once. */
export function paced(perSecond: number, { now, sleep }: Pace): () => Promise<void> {
  let next = 0;
  return async () => {
    const at = Math.max(now(), next);
    next = at + 1000 / perSecond;
    const ms = at - now();
    if (ms > 0) await sleep(ms);
  };
}

/** A middleware inside the retries by which each attempt waits for its turn. */
export const atPace =
  (turn: () => Promise<void>) =>
  <Input extends object, Output extends object>(
    next: FinalizeHandler<Input, Output>,
  ): FinalizeHandler<Input, Output> =>
  async (args) => {
    await turn();
    return next(args);
  };
