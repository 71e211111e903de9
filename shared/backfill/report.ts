import { messageOf, nameOf } from '#aws/errors.ts';
import type { Baseline } from '#baseline/baseline.ts';
import type { Guarded } from '#baseline/known-trail.ts';
import { eventAffectsTrail } from '#baseline/matches-event.ts';
import { compareSeverity } from '#drift/impact.ts';
import { reconstructHistory, type TrailHistory } from '#gaps/gap.ts';
import type { CurrentFindings, TimeRange } from '#gaps/history.ts';
import { describeInterruption, type LoggingInterruption } from '#gaps/logging-interruption.ts';
import { NotRestoredError, reconcileTrails } from '#incident/reconcile-trails.ts';
import { verdict } from '#reconcile/outcome.ts';
import type { Finding } from '#reconcile/plan.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { renderPlan } from '#reconcile/render-plan.ts';
import { fieldOf } from '#text/diff.ts';
import { type ApiCall, calledByRole, parseApiCall } from '#trail/api-call.ts';
import { type RecordedCall, readRecord } from '#trail/recorded-call.ts';
import { parseTrailArn, type Trail, type TrailArn } from '#trail/trail-arn.ts';
import type { TrailEvent } from '#trail/trail-event.ts';
import type { Backfill } from './job-deps.ts';
import {
  type BackfillReport,
  type BackfillState,
  type Repair,
  reachesUpTo,
  type TrailNow,
  type TrailReport,
} from './job-state.ts';
import { renderBackfill } from './render-report.ts';

/** Compiles the report, and restores current drift if the request and the deployment ask for it. */
export async function compileReport(
  state: BackfillState,
  backfill: Backfill,
): Promise<BackfillReport> {
  const { key, request, trails, mayGrow } = state;
  if (request === null) throw new Error(`${key} has no request`);
  const { from, to, mode } = request;
  const all = await backfill.baselines.list();
  const found = await foundCalls(key, backfill);
  const reports = await Promise.all(
    trails.map((trail) => {
      const guarded = all.find((one) => one.trail === trail);
      return reportTrail({ trail, guarded, found, state, window: { from, to } }, backfill);
    }),
  );
  const report = { from, to, mode, mayGrow, trails: reports };
  return { ...report, text: renderBackfill(report) };
}

type TrailInput = {
  readonly trail: TrailArn;
  readonly guarded: Guarded | undefined;
  readonly found: Found;
  readonly state: BackfillState;
  readonly window: TimeRange;
};

async function reportTrail(input: TrailInput, backfill: Backfill): Promise<TrailReport> {
  const { trail, guarded, state, window } = input;
  const isEnforcing = state.request?.mode === 'enforce' && backfill.guard.mode === 'enforce';
  const repair = isEnforcing ? await backfill.reports.repair(state.key, state.run, trail) : null;
  const { findings, now } = repair ?? (await lookAt(guarded, backfill));
  const isInWindow = reachesUpTo(window, backfill.guard.now());
  const past = await pastOfTrail(input, { findings, isInWindow }, backfill);
  const version = guarded !== undefined && 'baseline' in guarded ? guarded.baseline.version : null;
  if (!isEnforcing || repair !== null || guarded === undefined || now.verdict !== 'drifted') {
    return { trail, version, ...past, now };
  }
  const cause = isInWindow ? lastCause(past, findings) : null;
  const restored = await restore(guarded, cause, { findings, now }, backfill);
  await backfill.reports.keepRepair(state.key, state.run, trail, { findings, now: restored });
  return { trail, version, ...past, now: restored };
}

type Found = {
  readonly calls: readonly (RecordedCall & { readonly event: TrailEvent })[];
  /** Why records could not be read. */
  readonly unreadable: readonly string[];
};

async function foundCalls(key: string, { reports, ownRole }: Backfill): Promise<Found> {
  const calls: Found['calls'][number][] = [];
  const unreadable: string[] = [];
  for await (const record of reports.calls(key)) {
    try {
      const call = readRecord(record);
      calls.push({
        ...call,
        cause: { ...call.cause, selfTriggered: calledByRole(call.cause, ownRole) },
      });
    } catch (error) {
      unreadable.push(`a record cannot be read: ${messageOf(error)}`);
    }
  }
  return { calls, unreadable };
}

async function pastOfTrail(
  { trail: arn, guarded, found, window }: TrailInput,
  present: CurrentFindings,
  { guard, incidents }: Backfill,
): Promise<TrailHistory> {
  const trail = parseTrailArn(arn);
  const seen = await incidents(arn, window);
  // Incidents know which calls were ours; any other use of our role is someone else's.
  const others = new Set(
    seen.causes.filter(({ selfTriggered }) => !selfTriggered).map(({ eventId }) => eventId),
  );
  const recorded = found.calls
    .filter(({ event }) => guarded !== undefined && eventAffectsTrail(guarded, event))
    .map((call) =>
      others.has(call.cause.eventId)
        ? { ...call, cause: { ...call.cause, selfTriggered: false } }
        : call,
    );
  const known = new Set(recorded.map(({ cause }) => cause.eventId));
  const heard = seen.causes.filter(({ eventId }) => !known.has(eventId)).flatMap(callOf);
  const stops = seen.interruptions.filter(
    ({ how, isFromKnown }) => how === 'stopped' && isFromKnown,
  );
  const inferred = stops.flatMap((stop) =>
    callsOfInterruption(stop, trail, [...recorded, ...heard]),
  );
  const calls = [
    ...recorded,
    ...[...heard, ...inferred].filter(({ at }) => at >= window.from && at <= window.to),
  ];
  const baseline = guarded !== undefined && 'baseline' in guarded ? guarded.baseline : null;
  const { gaps, unknown, ...past } = reconstructHistory(
    {
      trail,
      states: baseline?.states ?? {},
      policy: baseline?.policy ?? {},
      calls: calls.map(({ eventName, at, cause, parameters, response }) => ({
        eventName,
        at,
        cause,
        parameters,
        response,
      })),
      snapshots: seen.looks,
      window,
      initialDrift: seen.before.map(({ findings, cause }) => ({
        findings,
        call: cause === null ? null : (callOf(cause)[0] ?? null),
      })),
      present,
    },
    guard.kinds,
  );
  const unreadable = [
    ...found.unreadable,
    ...seen.unreadable.map((key) => `the incident ${key} cannot be read`),
  ];
  return {
    ...past,
    gaps,
    hasUnread: unreadable.length > 0,
    unknown: [
      ...unknown,
      ...seen.interruptions.filter((one) => !stops.includes(one)).map(describeInterruption),
      ...notKnown(trail, baseline, window),
      ...unreadable,
    ],
  };
}

/** A call that only an incident contains: another account recorded it, or event history lacks it. */
const callOf = (cause: ApiCall): readonly RecordedCall[] =>
  cause.at === null
    ? []
    : [{ eventName: cause.eventName, at: cause.at, cause, parameters: null, response: null }];

/** The stop and the start of an interruption, by CloudTrail's clock, unless the calls themselves are known. */
function callsOfInterruption(
  { from, to }: LoggingInterruption,
  { region }: Trail,
  known: readonly RecordedCall[],
): readonly RecordedCall[] {
  const secondOf = (time: string): number => Math.floor(Date.parse(time) / 1000);
  return Object.entries({ StopLogging: from, StartLogging: to })
    .filter(([name, at]) =>
      known.every((call) => call.eventName !== name || secondOf(call.at) !== secondOf(at)),
    )
    .map(([eventName, at]) => {
      const cause = parseApiCall({ eventTime: at }, { eventName, awsRegion: region });
      return { eventName, at, cause, parameters: null, response: null };
    });
}

/** What this account's event history cannot show. */
function notKnown(trail: Trail, baseline: Baseline | null, { from }: TimeRange): readonly string[] {
  if (baseline === null) {
    return ['its baseline cannot be used: the effect of the calls on the trail is unknown'];
  }
  const { DelegatedAdministrators: delegates = [] } = (baseline.states.organization ?? {}) as {
    readonly DelegatedAdministrators?: readonly string[];
  };
  return [
    ...(from < baseline.capturedAt
      ? [
          `version ${baseline.version} of the baseline was captured at ${baseline.capturedAt}: earlier, the trail is compared with this baseline too, and assumed to match it until a call shows otherwise`,
        ]
      : []),
    ...(delegates.length > 0
      ? [
          `calls of delegated administrators are recorded in their accounts: check the event history of ${delegates.join(', ')} in ${trail.region} as well`,
        ]
      : []),
  ];
}

/** The last call that caused the current drift and was not reverted. */
function lastCause({ calls }: TrailHistory, findings: readonly Finding[]): ApiCall | null {
  const drifted = new Set(
    findings.flatMap((finding) =>
      finding.status === 'drifted'
        ? finding.changes.map((change) => `${finding.kind}.${fieldOf(change)}`)
        : [],
    ),
  );
  const isGone = [...drifted].some((field) => field.endsWith('.'));
  const made = calls.flatMap(({ cause, drifts }) => {
    const left = drifts.filter(
      ({ kind, path, reverted }) =>
        reverted === null && (path === '' ? isGone : drifted.has(`${kind}.${fieldOf({ path })}`)),
    );
    return left.map(({ severity }) => ({ cause, severity }));
  });
  // The last of the calls with the highest severity.
  const [worst] = made.toSorted((one, other) => compareSeverity(one.severity, other.severity));
  return made.findLast(({ severity }) => severity === worst?.severity)?.cause ?? null;
}

const nothing = { found: [], left: [], applied: [], incident: null, problem: null };

/** Observes a trail and writes nothing. */
async function lookAt(guarded: Guarded | undefined, { guard }: Backfill): Promise<Repair> {
  const broken = (what: string): Repair => ({
    findings: [],
    now: { ...nothing, verdict: 'broken', found: [what] },
  });
  if (guarded === undefined) return broken('the trail is no longer guarded');
  if ('error' in guarded) return broken(guarded.error.message);
  const { awsOf } = guard;
  const { baseline } = guarded;
  const aws = awsOf(parseTrailArn(baseline.trail).region);
  const seen = await reconcile(baseline, { ...guard, aws, mode: 'observe' });
  const lines = renderPlan(seen.plan);
  return {
    findings: seen.plan.findings,
    now: { ...nothing, verdict: verdict(seen), found: lines, left: lines },
  };
}

/**
 * Reconciles a drifted trail as an event would. A failure, for example to save the incident, concerns only this trail and removes
 * nothing from the report.
 */
async function restore(
  guarded: Guarded,
  cause: ApiCall | null,
  { now: before }: Repair,
  backfill: Backfill,
): Promise<TrailNow> {
  const { guard } = backfill;
  const written: string[] = [];
  const kinds = guard.kinds.map((kind) => ({
    ...kind,
    async apply(...step: Parameters<typeof kind.apply>) {
      await kind.apply(...step);
      written.push(step[1].action);
    },
  }));
  try {
    const [report] = await reconcileTrails([guarded], cause, { ...guard, kinds }).catch(
      (error: unknown) => {
        if (error instanceof NotRestoredError) return error.reports;
        throw error;
      },
    );
    if (report?.verdict === 'broken') throw new Error(report.error);
    if (report === undefined || !('outcome' in report)) {
      throw new Error('the trail was not looked at');
    }
    const { outcome, incident } = report;
    return {
      verdict: report.verdict,
      found: renderPlan(outcome.plan),
      left: renderPlan(outcome.verified),
      applied: outcome.applied.map((step) =>
        step.status === 'applied' ? step.action : `${step.action} failed: ${step.error}`,
      ),
      incident,
      problem: null,
    };
  } catch (error) {
    const problem = `${nameOf(error)}: ${messageOf(error)}`;
    guard.logger.error('not all of a repair could be done', { trail: guarded.trail, problem });
    const { now } = await lookAt(guarded, backfill);
    const isRestored = now.verdict === 'in-sync' && written.length > 0;
    return {
      ...now,
      verdict: isRestored ? 'restored' : now.verdict,
      found: before.found,
      applied: written,
      problem,
    };
  }
}
