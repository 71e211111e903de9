export type FunctionName = 'sweep' | 'remediate' | 'selfCheck' | 'alert' | 'backfill' | 'audit';

/** A function that exists only if the configuration asks for it. */
export type OptionalFunction = 'interact';

/** Timeout of each function, in seconds. Backfill has Lambda's maximum, because event history is long and read slowly. */
export const timeouts: Readonly<Record<FunctionName | OptionalFunction, number>> = {
  sweep: 120,
  remediate: 120,
  selfCheck: 120,
  alert: 120,
  backfill: 900,
  audit: 120,
  interact: 60,
};

/** Timeout of the function of the watchtower, in seconds. */
export const watchtowerTimeout = 120;

/** Timeout of the function that recovers events, in seconds. It hands over to another invocation after a few minutes. */
export const recoverTimeout = 900;
