import { compareSeverity } from '#drift/impact.ts';
import { kinds } from '#drift/index.ts';
import type { Episode, Incident } from '#incident/incident.ts';
import type { Drift, Finding } from '#reconcile/plan.ts';
import type { Json } from '#text/diff.ts';
import { later } from '#text/time.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { base, called, mallory, pipeline, trail } from './sample-parts.ts';
import { sampleStates } from './sample-trail.ts';

/** What an attacker or a pipeline did to the trail, and how it ended. */
export type SampleAttack = {
  readonly kind: string;
  readonly path: string;
  readonly actual: Json;
  readonly eventName: string;
  readonly by?: ApiCall;
  readonly at: string;
  /** Seconds from the call to the detection, and from there until it was read back; null if it is not resolved. */
  readonly detectedAfter?: number;
  readonly repairedAfter: number | null;
  /** The call that restored it; null if someone else did. */
  readonly restoredWith: string | null;
};

/** The incident of an attack, as trailkeeper would record it. The number makes its ids. */
export function sampleIncident(attack: SampleAttack, number = 1): Incident {
  const { kind, at, detectedAfter = 2, repairedAfter, restoredWith } = attack;
  const cause: ApiCall = {
    ...(attack.by ?? mallory),
    ...{
      eventName: attack.eventName,
      at,
      eventId: idOf(number),
      requestId: idOf(number + 500_000),
    },
  };
  const finding = findingOf(attack);
  const detectedAt = seconds(at, detectedAfter);
  const resolvedAt = repairedAfter === null ? null : seconds(detectedAt, repairedAfter);
  const isOurs = restoredWith !== null && resolvedAt !== null;
  const plan = { trail, version: 7, findings: [finding] };
  const verified = resolvedAt === null ? plan : { ...plan, findings: [inSync(kind)] };
  const episode: Episode = {
    ...{ detectedAt, resolvedAt, acceptedBy: null, trigger: cause },
    resolution: resolvedAt === null ? null : isOurs ? 'restored' : 'external',
    outcome: {
      ...{ mode: 'enforce', plan, verified },
      applied: isOurs ? [{ kind, action: restoredWith, input: {}, status: 'applied' }] : [],
    },
  };
  return {
    ...base,
    id: idOf(number),
    state: resolvedAt === null ? 'drifted' : isOurs ? 'restored' : 'resolved',
    severity: severityOf(finding),
    openedAt: detectedAt,
    updatedAt: resolvedAt ?? detectedAt,
    closedAt: resolvedAt === null ? null : later(resolvedAt, { minutes: 10 }),
    lastInSyncAt: later(at, { minutes: -3 }),
    cause,
    calls: [called(cause, 'caused')],
    episodes: [episode],
  };
}

const inSync = (kind: string): Finding => ({ kind, status: 'in-sync' });

function findingOf({
  kind: name,
  path,
  actual,
  at: _,
}: SampleAttack): Finding & { status: 'drifted' } {
  const kind = kinds.find((one) => one.name === name);
  const desired = sampleStates[name] ?? {};
  const change = { path, desired: Reflect.get(desired, path) as Json, actual };
  const impact = kind?.impact(change, desired, { ...desired, [path]: actual });
  if (impact === undefined) throw new Error(`${name} is not a drift kind`);
  const drift: Drift = { ...change, impact, treatment: 'restore' };
  return { kind: name, status: 'drifted', changes: [drift], steps: [] };
}

const severityOf = ({ changes }: { readonly changes: readonly Drift[] }): Incident['severity'] =>
  changes
    .map(({ impact }) => impact.severity)
    .toSorted(compareSeverity)
    .at(0) ?? 'low';

const idOf = (number: number): string =>
  `7c5a1b9e-2f0d-4a34-9c3f-${String(number).padStart(12, '0')}`;

export const seconds = (at: string, after: number): string =>
  new Date(Date.parse(at) + after * 1000).toISOString();

/** Three days in which much happens to one trail. */
export const sampleDays = { from: '2026-11-20T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };

const stop = {
  ...{ kind: 'logging', path: 'IsLogging', actual: false },
  ...{ eventName: 'StopLogging', restoredWith: 'StartLogging' },
};

/** The attacks of these days. */
export const sampleAttacks: readonly SampleAttack[] = [
  {
    ...{ kind: 'tags', path: 'TagsList', actual: [{ Key: 'owner', Value: 'platform' }] },
    ...{ eventName: 'AddTags', by: pipeline, at: '2026-11-20T09:14:03Z' },
    ...{ repairedAfter: 3, restoredWith: 'AddTags' },
  },
  {
    ...{ kind: 'settings', path: 'IsMultiRegionTrail', actual: false, eventName: 'UpdateTrail' },
    ...{ at: '2026-11-20T18:41:20Z', detectedAfter: 41, repairedAfter: 2 },
    restoredWith: 'UpdateTrail',
  },
  {
    ...{ kind: 'settings', path: 'S3BucketName', actual: 'attacker-bucket' },
    ...{ eventName: 'UpdateTrail', at: '2026-11-21T02:05:11Z', repairedAfter: 5_820 },
    restoredWith: 'UpdateTrail',
  },
  {
    ...{ kind: 'event-selectors', path: 'EventSelectors', eventName: 'PutEventSelectors' },
    actual: [
      {
        ...{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true },
        ...{ DataResources: [], ExcludeManagementEventSources: [] },
      },
    ],
    ...{ at: '2026-11-21T20:30:44Z', repairedAfter: 2, restoredWith: 'PutEventSelectors' },
  },
  { ...stop, at: '2026-11-22T03:12:07Z', repairedAfter: 2 },
  {
    ...{ kind: 'key', path: 'KeyState', actual: 'Disabled', eventName: 'DisableKey' },
    ...{ at: '2026-11-22T17:20:09Z', repairedAfter: null, restoredWith: null },
  },
];

export const sampleIncidents: readonly Incident[] = sampleAttacks.map((attack, i) =>
  sampleIncident(attack, i + 1),
);

/** As many incidents as a month of a remediation loop leaves, some of them at night. */
export function manyIncidents(count: number, from: string, days: number): readonly Incident[] {
  return Array.from({ length: count }, (_, i) => {
    const after = Math.floor(((i + (i % 3) * 0.2) * days * 86_400) / count);
    const attack = { ...stop, ...sampleAttacks[(i * 7) % 5] };
    const at = seconds(from, after).replace('.000Z', 'Z');
    return sampleIncident({ ...attack, at, repairedAfter: 2 + ((i * 37) % 90) }, i + 1);
  });
}
