/** 0 done or in sync, 1 an error, 2 drift found. */
export type ExitCode = 0 | 1 | 2;

/** The result for one trail: whether drift is left, and whether a read or a write failed. */
export type TrailResult = { readonly hasDrift: boolean; readonly hasError: boolean };

/** Drift takes precedence over an error. */
export function exitCodeOf(endings: readonly TrailResult[]): ExitCode {
  if (endings.some(({ hasDrift }) => hasDrift)) return 2;
  return endings.some(({ hasError }) => hasError) ? 1 : 0;
}

/** The result for findings. */
export function resultOf(findings: readonly { readonly status: string }[]): TrailResult {
  const has = (status: string) => findings.some((finding) => finding.status === status);
  return { hasDrift: has('drifted'), hasError: has('unknown') };
}
