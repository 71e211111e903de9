import { messageOf, nameOf } from '#aws/errors.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { NotRestoredError, reconcileTrails } from '#incident/reconcile-trails.ts';
import { verdict } from '#reconcile/outcome.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { renderPlan } from '#reconcile/render-plan.ts';
import type { ApiCall } from '#trail/api-call.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import type { Repair, TrailNow } from './job-state.ts';

const nothing = { found: [], left: [], applied: [], incident: null, problem: null };

/** Observes a trail, and writes nothing. */
export async function observeNow(
  protectedTrail: ProtectedTrail | undefined,
  { controller }: Pick<BackfillDeps, 'controller'>,
): Promise<Repair> {
  const broken = (problem: string): Repair => ({
    findings: [],
    now: { ...nothing, verdict: 'broken', found: [problem] },
  });
  if (protectedTrail === undefined) return broken('the trail is no longer protected');
  if ('error' in protectedTrail) return broken(protectedTrail.error.message);
  const { baseline } = protectedTrail;
  const aws = controller.awsOf(parseTrailArn(baseline.trail).region);
  const outcome = await reconcile(baseline, { ...controller, aws, mode: 'observe' });
  const lines = renderPlan(outcome.plan);
  return {
    findings: outcome.plan.findings,
    now: { ...nothing, verdict: verdict(outcome), found: lines, left: lines },
  };
}

/** Reconciles a drifted trail as an event would. A failure, for example to store the incident, concerns this trail only. */
export async function restore(
  protectedTrail: ProtectedTrail,
  cause: ApiCall | null,
  before: TrailNow,
  { controller }: Pick<BackfillDeps, 'controller'>,
): Promise<TrailNow> {
  const written: string[] = [];
  const kinds = controller.kinds.map((kind) => ({
    ...kind,
    async apply(...step: Parameters<typeof kind.apply>) {
      await kind.apply(...step);
      written.push(step[1].action);
    },
  }));
  try {
    return await reconciled(protectedTrail, cause, { ...controller, kinds });
  } catch (error) {
    const problem = `${nameOf(error)}: ${messageOf(error)}`;
    controller.logger.error('a repair failed in part', { trail: protectedTrail.trail, problem });
    const { now } = await observeNow(protectedTrail, { controller });
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

async function reconciled(
  protectedTrail: ProtectedTrail,
  cause: ApiCall | null,
  controller: BackfillDeps['controller'],
): Promise<TrailNow> {
  const [report] = await reconcileTrails(
    [protectedTrail],
    { call: cause, record: null },
    controller,
  ).catch((error: unknown) => {
    if (error instanceof NotRestoredError) return error.reports;
    throw error;
  });
  if (report?.verdict === 'broken') throw new Error(report.error);
  if (report === undefined || !('outcome' in report)) throw new Error('the trail was not checked');
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
}
