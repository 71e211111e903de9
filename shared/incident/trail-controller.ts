import { messageOf } from '#aws/errors.ts';
import type { Baseline } from '#baseline/baseline.ts';
import type { Guarded } from '#baseline/known-trail.ts';
import type { DriftKind } from '#drift/kind.ts';
import { type Gap, gapsOfIncident } from '#gaps/gap.ts';
import { isNoOp } from '#gaps/no-op.ts';
import {
  type AppliedStep,
  mayMendByRetry,
  type Outcome,
  type Verdict,
  verdict,
} from '#reconcile/outcome.ts';
import { gateOf } from '#reconcile/pending-review.ts';
import type { Finding, Plan } from '#reconcile/plan.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { renderImpacts, renderPlan } from '#reconcile/render-plan.ts';
import { suppressSteps } from '#reconcile/suppress-steps.ts';
import { escapeControlChars } from '#text/escape.ts';
import { truncateForStorage } from '#text/truncate-for-storage.ts';
import { type ApiCall, describeApiCall } from '#trail/api-call.ts';
import type { RecordedCall } from '#trail/recorded-call.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { couldHaveCaused, isRepairCall, kindsAffectedBy } from './attribution.ts';
import { rememberBucket } from './bucket-loss.ts';
import type { ControllerDeps, TrailReport } from './controller-deps.ts';
import { lookForFlip } from './detect-interruption.ts';
import { follow as followLook, type Look } from './follow.ts';
import type { Incident } from './incident.ts';
import { isRepairing } from './incident-state.ts';
import { fingerprint } from './incident-store.ts';
import { surroundingsOf } from './surroundings.ts';

/**
 * Reconciles several trails at once: none waits for another, and every one is finished before a failure is thrown. The
 * reports are bounded: Lambda takes an answer of 6 MB.
 * Throws `NotRestoredError` where running again may mend what was attempted, so that Lambda does.
 */
export async function reconcileTrails(
  guarded: readonly Guarded[],
  cause: ApiCall | null,
  guard: ControllerDeps,
  call: RecordedCall | null = null,
): Promise<TrailReport[]> {
  const guarding = guarded.map((one) => reconcileTrail(one, cause, guard, call));
  await Promise.allSettled(guarding);
  const reports = await Promise.all(guarding);
  const unmended = reports.filter((report) => {
    if ('outcome' in report) return mayMendByRetry(report.outcome);
    return report.verdict === 'broken' && report.retryable;
  });
  const told = reports.map(truncateForStorage);
  if (unmended.length === 0) return told;
  const trails = unmended.map(({ trail, incident }) => `${trail} (incident ${incident})`);
  throw new NotRestoredError(trails, told);
}

/** Thrown after every trail was reconciled, where one was not seen in sync and a retry may mend it. */
export class NotRestoredError extends Error {
  override readonly name = 'NotRestoredError' as const;
  readonly reports: readonly TrailReport[];

  constructor(trails: readonly string[], reports: readonly TrailReport[]) {
    super(`not seen in sync, which a retry may mend: ${trails.join(', ')}`);
    this.reports = reports;
  }
}

/**
 * Reconciles one guarded trail, logs what was found, each write and what was read back, keeps the incident and tells it.
 * The cause is the event that led here, or null, and `call` its record. It is reported, and decides how long reads may miss its effect,
 * never what is found. A self-triggered event ends here: the run that wrote verifies its write, and the sweep restores what is left. What is kept
 * and told goes on beside the repair: it delays none, and where it fails, that is thrown once the trail is finished.
 */
async function reconcileTrail(
  guarded: Guarded,
  heard: ApiCall | null,
  guard: ControllerDeps,
  call: RecordedCall | null,
): Promise<TrailReport> {
  const { incidents, mode, now, newId } = guard;
  const { trail } = guarded;
  const cause = heard && { ...heard, selfTriggered: await isSelfTriggered(heard, trail, guard) };
  const startedAt = now().toISOString();
  const id = cause?.eventId ?? newId();
  const incident = `${new Date(cause?.at ?? startedAt).toISOString()}#${id}`;
  const by = cause === null ? null : escapeControlChars(describeApiCall(cause));
  const log: Log = (level, message, details) =>
    guard.logger[level](message, { trail, incident: id, by, ...truncateForStorage(details) });
  const nothing = { outcome: null, problem: null, flip: null, requests: [], holds: null };
  // No one else has a reason to use our role, whatever they set with it.
  const isStolenRole = heard?.selfTriggered === true && cause?.selfTriggered === false;
  const noOp =
    call !== null &&
    !isStolenRole &&
    'baseline' in guarded &&
    isNoOpFor(call, guarded.baseline, guard);
  if (noOp) log('info', 'the call set nothing but what the baseline says: it is no incident', {});
  const base = { at: startedAt, startedAt, trail, id, incident, cause, isNoOp: noOp } as const;
  const look = { ...base, ...nothing } as const;

  if ('error' in guarded) {
    const { message: error, name } = guarded.error;
    log('error', 'the trail is not guarded: its baseline can not be used', { problem: error });
    const retryable = name !== 'InvalidBaselineError';
    if (!retryable) {
      await follow({ ...look, problem: error, phase: 'done' });
    }
    return { trail, incident: id, verdict: 'broken', error, retryable };
  }

  if (cause?.selfTriggered) {
    log('info', 'the event is of a write by trailkeeper', {});
    return { trail, incident: id, verdict: 'self-triggered' };
  }

  const around = surroundingsOf({ ...look, trail: guarded.baseline.trail }, guard);
  const before = guard.requests.length;
  const flips = lookForFlip(guarded.baseline, guard);
  const gate = gateOf(guarded.baseline, guard);
  const bucket = rememberBucket(guard.kinds, guarded.baseline, guard.bucketLosses);
  const notes: Note[] = [];
  const outcome = await reconcile(guarded.baseline, {
    ...guard,
    kinds: bucket.kinds,
    expected: noOp ? null : around.expected,
    claimed: around.claimed,
    aws: guard.awsOf(parseTrailArn(guarded.baseline.trail).region),
    async withhold(plan) {
      const [truces, armed] = await Promise.all([around.truces, gate.armed(plan)]);
      return suppressSteps(plan, { ...truces, armed }, guard.rules, now());
    },
    onObservation(kind, observation) {
      flips.onObservation(kind, observation);
      gate.onObservation(kind, observation);
    },
    onPlan(plan, isToWrite) {
      logPlan(log, plan);
      flips.onPlan(plan);
      // Drift that another function restores is in that function's incident.
      if (!isToWrite) return;
      const found = { mode, plan, applied: [], verified: plan };
      notes.push(noteOf(() => follow({ ...look, outcome: found, phase: 'found' })));
    },
    onStep: (step) => logStep(log, step),
  });
  logVerdict(log, outcome);

  // What was found and could not be kept at once is kept now, or the function fails.
  for (const { done, again } of notes) await done.catch(again);
  const armed = Promise.all([gate.end(), bucket.end()]);
  armed.catch(() => {});
  const holds = await around.holds;
  const requests = guard.requests.slice(before);
  const done = {
    ...look,
    at: now().toISOString(),
    outcome,
    phase: 'done',
    requests,
    holds,
  } as const;
  let isTold = false;
  const looked = await flips
    .end(outcome, (flip) => {
      isTold = true;
      return follow({ ...done, flip });
    })
    .then(null, (error: unknown) => ({ error }));
  if (!isTold) await follow(done);
  await armed;
  if (looked) throw looked.error;
  return { trail, incident: id, verdict: verdict(outcome), outcome };

  async function follow(seen: Look): Promise<void> {
    const rules = {
      ...guard.rules,
      hash: fingerprint,
      mayHaveMade: couldHaveCaused(guard.kinds),
      kindsOf: kindsAffectedBy(guard.kinds),
      gapsOf: gapsOf(guarded, guard.kinds),
    };
    await incidents
      .follow(trail, (open) => followLook(open, seen, rules))
      .catch((error: unknown) => {
        log('error', `the incident could not be kept or told: ${messageOf(error)}`, {
          outcome: seen.outcome,
        });
        throw error;
      });
  }
}

const isNoOpFor = (
  call: RecordedCall,
  { trail, states, policy }: Baseline,
  { kinds }: ControllerDeps,
): boolean => isNoOp(call, { trail: parseTrailArn(trail), states, policy }, kinds);

/** Something that goes on beside the repair, and can be tried again after it. */
type Note = { readonly done: Promise<void>; again(): Promise<void> };

function noteOf(again: () => Promise<void>): Note {
  const done = again();
  done.catch(() => {});
  return { done, again };
}

/** The gaps of an incident. Of a trail whose baseline can not be used it is not known what was to be recorded. */
const gapsOf =
  (guarded: Guarded, kinds: readonly DriftKind[]) =>
  (incident: Incident, at: string): readonly Gap[] => {
    if ('error' in guarded) return [];
    const { trail, states } = guarded.baseline;
    return gapsOfIncident(incident, at, { trail: parseTrailArn(trail), states }, kinds);
  };

/**
 * Whether a call that was made by our role is one that we made: whoever takes the role is somebody else. While a repair is under
 * way, what it has written is not written down yet: then a call that repairs are made of is taken for ours. So is any, where what
 * is written down can not be read: it is the sweep's then. An event may come before it is written down that a repair is under way.
 */
async function isSelfTriggered(
  { selfTriggered, requestId, eventName }: ApiCall,
  trail: string,
  guard: ControllerDeps,
) {
  if (!selfTriggered || requestId === null) return false;
  if (guard.requests.includes(requestId)) return true;
  if (await isWrittenDown()) return true;
  if (!isRepairCall(eventName, guard.kinds)) return false;
  await guard.sleep(noteDelay);
  return isWrittenDown();

  async function isWrittenDown(): Promise<boolean> {
    const open = await guard.incidents.read(trail).catch(() => null);
    if (open === null || open.requests.includes(requestId ?? '')) return true;
    return isRepairing(open, guard.now().toISOString()) && isRepairCall(eventName, guard.kinds);
  }
}

/** For how long a repair may be under way before that is written down, in milliseconds. */
const noteDelay = 1000;

type Level = 'info' | 'warn' | 'error';
type Log = (level: Level, message: string, details: object) => void;

function logPlan(log: Log, { findings }: Plan): void {
  const tell = (status: Finding['status'], level: Level, message: string) => {
    const told = { findings: findings.filter((finding) => finding.status === status) };
    if (told.findings.length === 0) return;
    log(level, message, { lines: renderPlan(told), impact: renderImpacts(told), ...told });
  };
  tell('drifted', 'warn', 'the trail has drifted');
  tell('unknown', 'error', 'the trail can not be read');
  tell('unmanaged', 'warn', 'not all of the trail is guarded');
}

function logStep(log: Log, step: AppliedStep): void {
  if (step.status === 'applied') log('info', `${step.action} was carried out`, { step });
  else
    log('error', `${step.action} failed: ${step.error}: ${step.message}`, {
      step,
      remedy: step.remedy,
    });
}

function logVerdict(log: Log, outcome: Outcome): void {
  const [level, message] = verdictLines[verdict(outcome)];
  log(level, message, {
    mode: outcome.mode,
    left: renderPlan(outcome.verified),
    impact: renderImpacts(outcome.verified),
  });
}

const verdictLines = {
  'in-sync': ['info', 'the trail is in sync'],
  restored: ['info', 'the trail was restored, as read back'],
  drifted: ['warn', 'the trail has drifted and was left as it is'],
  unknown: ['error', 'whether the trail is in sync is unknown'],
  held: [
    'warn',
    'the trail has drifted and is left as it is until a Hold ends, or a person decides',
  ],
  deferred: ['warn', 'the trail has drifted and is left as it is until the next sweep'],
  degraded: ['error', 'the trail records as it must, but is not whole'],
  failed: ['error', 'the trail is not in sync after the attempt to restore it'],
} as const satisfies Record<Verdict, readonly [Level, string]>;
