import type { BaselineStore } from '#baseline/baseline-store.ts';
import { isAcknowledged } from '#incident/lifecycle/record-action.ts';
import type { StatusStore } from '#incident/trail-status-store.ts';
import { formatTime } from '#text/time.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

/** Every trail with its open incident; for `incidents` only those that have one. */
export async function listTrails(
  does: 'status' | 'incidents',
  {
    baselines,
    statuses,
  }: { readonly baselines: Pick<BaselineStore, 'list'>; readonly statuses: StatusStore },
): Promise<string> {
  const trails = await baselines.list();
  const lines = await Promise.all(
    trails.map(async ({ trail }) => {
      const { open } = await statuses.of(trail).load();
      if (open === null)
        return does === 'status' ? `${parseTrailArn(trail).name}: no open incident` : null;
      const { id, state, severity, openedAt } = open.incident;
      const seen = isAcknowledged(open.incident) ? ', acknowledged' : '';
      return `${parseTrailArn(trail).name}: ${state}, ${severity}, since ${formatTime(openedAt)}${seen}, incident ${id.slice(0, 8)}`;
    }),
  );
  const known = lines.filter((line) => line !== null);
  if (known.length > 0) return known.join('\n');
  return does === 'status' ? 'No trail is protected.' : 'No incident is open.';
}
