import { compareSeverity } from '#drift/impact.ts';
import type { TrailHistory } from '#gaps/gap.ts';
import { driftIn, type Finding } from '#reconcile/plan.ts';
import { fieldOf } from '#text/diff.ts';
import type { ApiCall } from '#trail/api-call.ts';

/** The last of the calls with the highest severity that caused the current drift and were not reverted. */
export function lastCause(
  { calls }: Pick<TrailHistory, 'calls'>,
  findings: readonly Finding[],
): ApiCall | null {
  const drifted = new Set(
    driftIn({ findings }).map((change) => `${change.kind}.${fieldOf(change)}`),
  );
  const isMissing = [...drifted].some((field) => field.endsWith('.'));
  const candidates = calls.flatMap(({ cause, drifts }) =>
    drifts
      .filter(({ kind, path, reverted }) => {
        const isLeft = path === '' ? isMissing : drifted.has(`${kind}.${fieldOf({ path })}`);
        return reverted === null && isLeft;
      })
      .map(({ severity }) => ({ cause, severity })),
  );
  const [worst] = candidates.toSorted((one, other) =>
    compareSeverity(one.severity, other.severity),
  );
  return candidates.findLast(({ severity }) => severity === worst?.severity)?.cause ?? null;
}
