import { messageOf } from '#aws/errors.ts';
import { type Applied, apply } from '#reconcile/apply.ts';
import type { Plan } from '#reconcile/plan.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { TrailReport } from './controller-deps.ts';
import { logPlan, logStep } from './run-log.ts';
import type { RunContext } from './trail-run.ts';

/** Saves what was detected beside the first write, which waits for nothing. If that fails, the verified state is saved alone. */
export async function saveAndApply(
  due: Plan,
  found: Plan,
  { run, log, deps, save }: RunContext,
): Promise<Applied> {
  logPlan(log, found);
  const outcome = { mode: deps.mode, plan: found, applied: [], verified: found };
  const aws = deps.awsOf(parseTrailArn(run.trail).region);
  const [saved, applied] = await Promise.allSettled([
    save({ phase: 'detected', outcome }),
    apply(due, { kinds: deps.kinds, aws, onStep: (step) => logStep(log, step) }),
  ]);
  if (saved.status === 'rejected') {
    log('warn', `the detection could not be saved yet: ${messageOf(saved.reason)}`);
  }
  if (applied.status === 'rejected') throw applied.reason;
  return applied.value;
}

/** A baseline that cannot be read may be readable at a retry; an invalid one is an incident. */
export async function reportInvalidBaseline(
  { message: error, name }: Error,
  context: RunContext,
): Promise<TrailReport> {
  const { trail } = context.run;
  context.log('error', 'the trail is unprotected: its baseline cannot be used', { error });
  if (name !== 'InvalidBaselineError') {
    return { trail, incident: null, verdict: 'broken', error, retryable: true };
  }
  await context.save({ phase: 'verified', baselineError: error });
  const incident = await publish(context);
  return { trail, incident, verdict: 'broken', error, retryable: false };
}

/** Notifies people of what changed; gives the id of the incident that is open. */
export async function publish({ row }: RunContext): Promise<string | null> {
  await row.publish();
  return row.status?.open?.incident.id ?? null;
}
