import { messageOf, nameOf } from '#aws/errors.ts';
import { names, roleArn } from '#aws/resource-names.ts';
import type { EventHistory } from '#backfill/event-history.ts';
import type { DriftKind } from '#drift/kind.ts';
import { couldHaveCaused } from '#incident/attribution.ts';
import type { Plan } from '#reconcile/plan.ts';
import { later } from '#text/time.ts';
import { type ApiCall, calledByRole, describeApiCall } from '#trail/api-call.ts';
import { readRecord } from '#trail/recorded-call.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { matchesTrail } from '#trail/trail-event.ts';

/** Event history is searched so far back. Sweeps repair drift of the trails themselves, so it is not older if they run. */
const searchedMinutes = 60;

/** The last call of event history that can have caused the drift of a trail, for people. Calls appear there after some minutes. */
export async function whoCausedDrift(
  plan: Plan,
  { kinds, history, now }: { kinds: readonly DriftKind[]; history: EventHistory; now: () => Date },
): Promise<string> {
  const to = now().toISOString();
  const range = { from: later(to, { minutes: -searchedMinutes }), to };
  const trail = parseTrailArn(plan.trail);
  const at = { account: trail.accountId, region: trail.region };
  const isCause = (call: Pick<ApiCall, 'eventName' | 'error'>) =>
    couldHaveCaused(kinds)(plan, call as ApiCall);
  const eventNames = kinds
    .flatMap(({ triggers }) => triggers)
    .filter(({ eventSource }) => eventSource === 'cloudtrail.amazonaws.com')
    .flatMap((one) => one.eventNames)
    .filter((eventName) => isCause({ eventName, error: null }));
  try {
    const found: ApiCall[] = [];
    for (const eventName of new Set(eventNames)) {
      const { records } = await history.page({ region: trail.region, eventName }, range, null);
      found.push(
        ...records
          .map(readRecord)
          .filter(({ cause, event }) => isCause(cause) && matchesTrail(event, trail))
          .filter(({ cause }) => !calledByRole(cause, [roleArn(at, names.watchtower)]))
          .map(({ cause }) => cause),
      );
    }
    const last = found.toSorted((one, other) => ((one.at ?? '') < (other.at ?? '') ? 1 : -1))[0];
    return last === undefined
      ? 'Event history does not say yet who changed it'
      : `${last.eventName} by ${describeApiCall(last)}`;
  } catch (error) {
    return `Event history cannot be read: ${nameOf(error)}: ${messageOf(error)}`;
  }
}
