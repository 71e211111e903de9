import { captureWarnings } from '#baseline/capture-warnings.ts';
import type { ProtectedTrail } from '#baseline/known-trail.ts';
import { trustOf } from '#deployment/signing-config.ts';
import type { Finding as PlanFinding } from '#reconcile/plan.ts';
import { renderFinding } from '#reconcile/render-plan.ts';
import { shortTime } from '#text/time.ts';
import { titleOf } from '#trail/trail-arn.ts';
import { activeWindows } from '../active-windows.ts';
import { readCheckout } from '../checkout.ts';
import type { Context } from '../context.ts';
import { observeTrail, type TrailPlan } from '../plan/observe-trail.ts';
import { foreignRemedy, readRemedy } from '../plan/unread-kinds.ts';
import { scopeProblem } from '../scope.ts';
import { capture } from '../trails.ts';
import { type Check, type Finding, ok, warning, wrong } from './check.ts';

/** Every baseline is valid, and every protected trail is readable and in sync. */
export const trails: Check = {
  name: 'trails',
  async run(context) {
    const protectedTrails = await context.baselines.list();
    if (protectedTrails.length === 0) return [wrong('no trail is protected', capture('TRAIL_ARN'))];
    const looks = await Promise.all(protectedTrails.map((one) => observeTrail(context, one)));
    const windows = await activeWindows(context);
    return [
      ...protectedTrails.flatMap(({ trail }) => scopeOf(context, trail)),
      ...looks.flatMap(findingsOf),
      ...protectedTrails.flatMap(untrustedByCheckout),
      ...protectedTrails.flatMap(unprotected),
      ...protectedTrails.flatMap(({ faults }) =>
        faults.map((fault) =>
          wrong(fault, 'find out who changed the state table, and what else they changed'),
        ),
      ),
      ...windows.map(({ window, until }) =>
        warning(
          `${titleOf(window.trail)} is in maintenance until ${shortTime(until)}: ${window.kinds.join(', ')}`,
        ),
      ),
    ];
  },
};

/** What a version in force does not protect, as its capture warned. */
function unprotected(protectedTrail: ProtectedTrail): readonly Finding[] {
  if ('error' in protectedTrail) return [];
  const { trail, states } = protectedTrail.baseline;
  const warnings = captureWarnings({
    trail,
    states,
    live: null,
    landingZone: null,
    dependencyAccounts: [],
  });
  return warnings.map((words) => warning(`${titleOf(trail)}: ${words}`));
}

/** Whether the deployment can protect a trail. */
function scopeOf(context: Context, trail: string): readonly Finding[] {
  const problem = scopeProblem(context, trail);
  if (problem === null) return [];
  return [
    wrong(
      `${titleOf(trail)} is not protected: ${problem}`,
      `or end it: npx --no -- trailkeeper retire ${trail} --reason "…"`,
    ),
  ];
}

/** Reports a version in force that the `cdk.json` of this directory would not trust. */
function untrustedByCheckout(protectedTrail: ProtectedTrail): readonly Finding[] {
  const checkout = readCheckout();
  if (checkout === null || 'error' in protectedTrail) return [];
  const { trail, baseline, signedBy } = protectedTrail;
  const { keys } = trustOf(checkout.signing);
  if (keys.length === 0 || keys.some(({ id }) => id === signedBy)) return [];
  return [
    wrong(
      `${titleOf(trail)} will not be protected after you deploy this cdk.json: no key of signing.keys signed version ${baseline.version}`,
      'npx --no -- trailkeeper deploy signs it first; before npx cdk deploy sign it yourself: docs/operations.md, "Who may change baselines"',
    ),
  ];
}

function findingsOf(one: TrailPlan): readonly Finding[] {
  const title = titleOf(one.trail);
  if ('error' in one) {
    return [wrong(`${title} has no valid baseline`, one.error)];
  }
  const { findings, version } = one.plan;
  const results = findings.flatMap((finding) =>
    renderFinding(finding).map((line) => resultOf(finding, `${title}: ${line}`)),
  );
  const isInSync = results.every(({ status }) => status !== 'wrong');
  return [
    ...(isInSync ? [ok(`${title} is in sync with version ${version}`)] : []),
    // Every kind reports a missing trail with the same text.
    ...results.filter(
      ({ message }, i) => results.findIndex((one) => one.message === message) === i,
    ),
  ];
}

function resultOf(finding: PlanFinding, message: string): Finding {
  switch (finding.status) {
    case 'drifted': {
      const isRestorable = finding.steps.length > 0 || finding.suppressed !== undefined;
      return wrong(message, isRestorable ? restoreOrAccept : seePlan);
    }
    case 'unknown': {
      const foreign = foreignRemedy(finding.reason);
      if (foreign !== null) return warning(message, foreign);
      return wrong(message, readRemedy(finding) ?? readAgain);
    }
    default:
      return warning(message);
  }
}

const restoreOrAccept = 'npx --no -- trailkeeper plan, then restore or accept';
const seePlan =
  'trailkeeper cannot restore this, or its policy is alert: npx --no -- trailkeeper plan says what it means';
const readAgain = 'run npx --no -- trailkeeper doctor again in a minute';
