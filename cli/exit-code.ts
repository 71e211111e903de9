/** How a command ended: done or in sync, an error, drift that was found. */
export type ExitCode = 0 | 1 | 2;

/** What a trail came to: whether any of it has drifted and is left so, and whether not all of it is known or could be done. */
export type Ending = { readonly hasDrift: boolean; readonly hasError: boolean };

/** Drift that is known is drift, whatever else went wrong; without it an error is one. */
export function exitCodeOf(endings: readonly Ending[]): ExitCode {
  if (endings.some(({ hasDrift }) => hasDrift)) return 2;
  return endings.some(({ hasError }) => hasError) ? 1 : 0;
}

/** The ending of what was found, or read back. */
export function endingOf(findings: readonly { readonly status: string }[]): Ending {
  const has = (status: string) => findings.some((finding) => finding.status === status);
  return { hasDrift: has('drifted'), hasError: has('unknown') };
}
