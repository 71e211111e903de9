import type { DriftKind } from '#drift/kind.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { ControllerDeps } from './controller-deps.ts';
import { repairsOfOthers } from './leases.ts';
import type { TrailStatus } from './trail-status.ts';
import type { TrailStatusRow } from './trail-status-store.ts';

/**
 * Whether a call by our role is our own write: anyone else who uses the role is an attacker. While a repair is in flight, its
 * request ids are not saved yet, so a call that repairs consist of counts as ours. An event may arrive just before the repair
 * itself is saved.
 */
export async function isSelfTriggered(
  call: ApiCall | null,
  row: TrailStatusRow,
  { requests, kinds, now, sleep }: Pick<ControllerDeps, 'requests' | 'kinds' | 'now' | 'sleep'>,
): Promise<boolean> {
  if (call === null || !call.selfTriggered || call.requestId === null) return false;
  const { requestId } = call;
  if (requests.includes(requestId)) return true;
  const isRepair = isRepairCall(call.eventName, kinds);
  const isOurs = (status: TrailStatus) =>
    status.ownRequests.includes(requestId) ||
    (isRepair && repairsOfOthers(status, { run: '', at: now().toISOString() }).length > 0);
  if (isOurs(await row.load())) return true;
  if (!isRepair) return false;
  await sleep(saveDelayMs);
  return isOurs(await row.load());
}

/** For how long a repair may be in flight before that is saved. */
const saveDelayMs = 1000;

/** Whether it is a call with which the kinds repair, as CloudTrail records it: of `cloudtrail:StartLogging`, `StartLogging`. */
const isRepairCall = (eventName: string, kinds: readonly DriftKind[]): boolean =>
  kinds
    .flatMap(({ permissions }) => permissions.repair)
    .some(
      ({ actions, recordedAs = [] }) =>
        recordedAs.includes(eventName) || actions.some((one) => one.split(':')[1] === eventName),
    );
