import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { isNoOp } from '#gaps/no-op.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { kindsChangedBy } from './attribution.ts';
import type { ControllerDeps, Trigger } from './controller-deps.ts';
import { closeIfQuiet } from './lifecycle/open-incident.ts';
import { recordCall } from './lifecycle/record-call.ts';
import { rulesForTrail } from './rules-for-trail.ts';

/**
 * Whether a check that this process made answers an event, without a read: it saw what the call did, and there is nothing to record of the
 * call. A flood of events costs one check per process for each second or read lag in which its calls were made.
 *
 * A call that failed or sets only what the baseline says needs no wait for reads that lag. Events record the second of a call only.
 */
export function isAnswered(
  protectedTrail: ProtectedTrail,
  { call, record }: Trigger,
  deps: ControllerDeps,
): boolean {
  const check = deps.checks.get(protectedTrail.trail);
  if (check === undefined || call === null || call.selfTriggered || call.at === null) return false;
  const changesNothing = isNoOpFor(protectedTrail, record, deps);
  const lagMs = call.error !== null || changesNothing ? 0 : deps.readLagMs;
  if (check.at <= Date.parse(call.at) + 999 + lagMs) return false;
  const changed = [...kindsChangedBy(deps.kinds, call)];
  if (!changed.every((kind) => check.kinds.has(kind))) return false;
  const report = {
    ...{ trail: protectedTrail.trail, run: '', call, isNoOp: changesNothing },
    ...{ at: deps.now().toISOString(), phase: 'verified' as const },
  };
  const status = closeIfQuiet(check.status, report);
  return recordCall(status, report, rulesForTrail(protectedTrail, deps)) === status;
}

export function isNoOpFor(
  protectedTrail: ProtectedTrail,
  record: RecordedCall | null,
  { kinds, organization }: Pick<ControllerDeps, 'kinds' | 'organization'>,
): boolean {
  if (record === null || 'error' in protectedTrail) return false;
  const { trail, states, policy } = protectedTrail.baseline;
  return isNoOp(record, { trail: parseTrailArn(trail), organization, states, policy }, kinds);
}
