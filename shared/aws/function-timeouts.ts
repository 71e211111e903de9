export type FunctionName = 'sweep' | 'remediate' | 'selfCheck' | 'alert' | 'backfill' | 'audit';

/** For how long each function may run, in seconds. Event history is long and read slowly: as long as Lambda lets it. */
export const timeouts: Readonly<Record<FunctionName, number>> = {
  sweep: 120,
  remediate: 120,
  selfCheck: 120,
  alert: 120,
  backfill: 900,
  audit: 120,
};
