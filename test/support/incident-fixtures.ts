import { type Incident, incidentSk, type WindowNotice } from '#incident/incident.ts';
import { applyReport } from '#incident/lifecycle/apply-report.ts';
import type { LifecycleRules, ReconcileReport } from '#incident/lifecycle/report.ts';
import { emptyStatus, type TrailStatus } from '#incident/trail-status.ts';
import type { AppliedStep, Outcome } from '#reconcile/outcome.ts';
import type { Drift, Finding, Plan } from '#reconcile/plan.ts';
import { type ApiCall, parseApiCall } from '#trail/api-call.ts';
import { trail } from './baseline.ts';

const start = Date.parse('2026-11-22T10:00:00Z');
export const minutes = (count: number): string => new Date(start + count * 60_000).toISOString();

/** The kinds that the calls of these tests can change. */
const kindsChangedBy: Readonly<Record<string, readonly string[]>> = {
  StopLogging: ['paint', 'logging'],
  StartLogging: ['paint', 'logging'],
  DeleteTrail: ['paint', 'logging', 'tags'],
  AddTags: ['tags'],
};

export const rules: LifecycleRules = {
  remindEvery: 6,
  flappingAfter: 5,
  approval: { minutes: 60, otherwise: 'restore' },
  gapsOf: () => [],
  kindsAffectedBy: (eventName) => kindsChangedBy[eventName] ?? [],
  couldHaveCaused: ({ findings }, { eventName, error }) =>
    error === null &&
    findings.some(
      ({ kind, status }) => status === 'drifted' && kindsChangedBy[eventName]?.includes(kind),
    ),
};

/** The drift kind of these tests: a trail has a color, and its baseline requires red. */
type Color = string;

export const drift = (actual: Color, severity: Drift['impact']['severity'] = 'high'): Drift => ({
  path: 'color',
  desired: 'red',
  actual,
  impact: { description: `it is ${actual}`, severity, losesCoverage: severity === 'critical' },
  treatment: 'restore',
});

export const planOf = (finding: Finding): Plan => ({
  trail: trail.arn,
  version: 1,
  findings: [finding],
});

export const painted = (color: Color, severity?: Drift['impact']['severity']): Plan =>
  color === 'red'
    ? planOf({ kind: 'paint', status: 'in-sync' })
    : planOf({
        kind: 'paint',
        status: 'drifted',
        changes: [drift(color, severity)],
        steps: [{ action: 'Paint', input: {} }],
      });

/** The version of the baseline that Alice captured while the trail had this color. */
export const capturedAs = (color: Color): NonNullable<ReconcileReport['baseline']> => ({
  capturedBy: 'arn:aws:iam::111122223333:user/alice',
  states: { paint: { color } },
  policy: {},
});

/** The same plan with drifted tags. */
export const retagged = (plan: Plan): Plan => ({
  ...plan,
  findings: [
    ...plan.findings,
    { kind: 'tags', status: 'drifted', changes: [drift('retagged', 'low')], steps: [] },
  ],
});

/** Drift whose repair is suppressed. */
export const waiting = (
  by: 'maintenance-window' | 'backoff',
  color: Color = 'blue',
  severity: Drift['impact']['severity'] = 'low',
): Plan =>
  planOf({
    kind: 'paint',
    status: 'drifted',
    changes: [drift(color, severity)],
    steps: [],
    suppressed:
      by === 'backoff'
        ? { by }
        : { by, window: 'a-window', until: minutes(60), requestedBy: 'alice' },
  });

export const paced = waiting('backoff');

/** A run that found this plan and left the remainder after these steps. */
export const enforced = (
  plan: Plan,
  verified: Plan = plan,
  applied: Outcome['applied'] = [],
): Outcome => ({ mode: 'enforce', plan, applied, verified });

export const repainted = {
  kind: 'paint',
  action: 'Paint',
  input: {},
  status: 'applied',
} as const;

export const repaintFailed: AppliedStep = {
  ...repainted,
  status: 'failed',
  error: 'AccessDenied',
  message: 'no',
  remedy: null,
  retryable: false,
};

export const unknown = planOf({
  kind: 'paint',
  status: 'unknown',
  reason: 'denied',
  retryable: false,
});

/** Runs over one trail in sequence: its status and its published incidents. */
export function trailkeeper() {
  let status: TrailStatus = emptyStatus;
  let runs = 0;
  let refusing = false;
  const published: Incident[] = [];
  const notices: WindowNotice[] = [];

  /** Records the report of a run: saves the status as JSON and publishes the outbox. */
  function report(at: number, more: Partial<ReconcileReport>): void {
    runs += 1;
    const after = applyReport(
      status,
      {
        at: minutes(at),
        startedAt: minutes(at),
        trail: trail.arn,
        run: more.call?.eventId ?? `run-${runs}`,
        phase: 'verified',
        call: null,
        isNoOp: false,
        outcome: enforced(painted('red')),
        baselineError: null,
        baseline: capturedAs('red'),
        logging: { readings: [], isGone: false, capturedAt: minutes(-60) },
        bucketLoss: null,
        outsideInSync: null,
        requestIds: [],
        windows: null,
        ...more,
      },
      rules,
    );
    if (refusing) {
      status = after;
      return;
    }
    for (const entry of Object.values(after.outbox)) {
      if ('incident' in entry) published.push(entry.incident);
      if ('notice' in entry) notices.push(entry.notice);
    }
    status = JSON.parse(JSON.stringify({ ...after, outbox: {} })) as TrailStatus;
  }

  return {
    published,
    notices,
    report,
    status: () => status,
    /** Replaces the status, as a person's decision does. */
    set: (changed: TrailStatus) => {
      status = changed;
    },
    /** Each incident as it was last published. */
    incidents: () => [...new Map(published.map((one) => [incidentSk(one), one])).values()],
    /** Makes the bus refuse or accept events. */
    refuse: (isRefusing: boolean) => {
      refusing = isRefusing;
    },
    /** A run that writes nothing. */
    observe: (at: number, plan: Plan, call: ApiCall | null = null) =>
      report(at, { call, outcome: { mode: 'observe', plan, applied: [], verified: plan } }),
    /** A run that detects and repairs drift; `verified` is what remains. */
    repair(at: number, plan: Plan, call: ApiCall | null = null, verified = painted('red')): void {
      runs += 1;
      const run = call?.eventId ?? `repair-${runs}`;
      report(at, { run, call, phase: 'detected', outcome: enforced(plan) });
      const outcome = enforced(plan, verified, [repainted]);
      report(at, { run, call, outcome, requestIds: [`request-${runs}`] });
    },
  };
}

let calls = 0;
/** A call that succeeded or failed. */
export function call(eventName: string, at: number, who = 'mallory', failed = false): ApiCall {
  calls += 1;
  return parseApiCall(
    {
      eventID: `7c5a1b9e-2f0d-4a34-9c3f-${String(calls).padStart(12, '0')}`,
      eventTime: minutes(at),
      userIdentity: {
        type: 'IAMUser',
        userName: who,
        arn: `arn:aws:iam::111122223333:user/${who}`,
      },
      ...(failed && { errorCode: 'AccessDenied' }),
    },
    { eventName, awsRegion: 'us-east-1' },
  );
}
