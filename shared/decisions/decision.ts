import type { BaselineStore } from '#baseline/baseline-store.ts';
import type { PersonAction } from '#incident/incident.ts';
import type { TrailStatus } from '#incident/trail-status.ts';
import type { StatusStore, TrailStatusRow } from '#incident/trail-status-store.ts';
import type { WindowStore } from '#reconcile/maintenance-window-store.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

export type DecisionDeps = {
  /** The principal that each Slack user is. */
  readonly approvers: Readonly<Record<string, string>>;
  readonly statuses: StatusStore;
  readonly windows: WindowStore;
  readonly baselines: Pick<BaselineStore, 'list'>;
  /** Whether documents need the signature of a person, which only the command line can give. */
  readonly isSigned: boolean;
  readonly maxWindowHours: number;
  readonly now: () => Date;
  /** Checks a trail soon. */
  readonly checkSoon: (trail: string) => Promise<void>;
  /** The plan of a trail as lines of text. */
  readonly planOf: (trail: string) => Promise<readonly string[]>;
};

/** Saves a change of a trail's status and publishes it. False if it changes nothing. */
export async function record(
  row: TrailStatusRow,
  change: (status: TrailStatus) => TrailStatus,
): Promise<boolean> {
  let isNew = false;
  await row.save((status) => {
    const after = change(status);
    isNew = after !== status;
    return after;
  });
  if (isNew) await row.publish();
  return isNew;
}

export const actionOf = (
  type: PersonAction['type'],
  by: string,
  reason: string | null,
  { now }: DecisionDeps,
): PersonAction => ({ type, at: now().toISOString(), by, via: 'slack', reason });

export const nameOf = (trail: string): string => parseTrailArn(trail).name;

/** A reason that can stand between double quotes in a shell. */
export const quotable = (reason: string): string => reason.replace(/["$`\\!\p{C}]/gu, ' ');
