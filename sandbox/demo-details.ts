import { styleText } from 'node:util';
import type { TrailReport } from '#incident/controller-deps.ts';
import { renderImpacts, renderPlan } from '#reconcile/render-plan.ts';
import { describeApiCall } from '#trail/api-call.ts';
import { parseTrailEvent } from '#trail/trail-event.ts';
import type { Invocation } from './lambda/invocation.ts';

/** The actor, the drift, its impact and each call of the repair, from the first invocation that found drift. */
export function remediationDetails(invocations: readonly Invocation[]): readonly string[] {
  for (const invocation of invocations) {
    const report = reportsOf(invocation).find(({ verdict }) => verdict !== 'in-sync');
    if (report === undefined) continue;
    const { plan, applied } = report.outcome;
    return [
      line('by', actorOf(invocation)),
      ...renderPlan(plan).map((text) => line('found', text)),
      ...renderImpacts(plan).map((text) => line('means', text)),
      ...applied.map(({ action, status }) => line(status, action)),
    ];
  }
  return [];
}

type FullReport = Extract<TrailReport, { outcome: unknown }>;

function reportsOf(invocation: Invocation): readonly FullReport[] {
  if ('error' in invocation) return [];
  const { trails = [] } = (invocation.result ?? {}) as { readonly trails?: readonly TrailReport[] };
  return trails.filter((report) => 'outcome' in report);
}

function actorOf({ payload }: Invocation): string {
  try {
    return describeApiCall(parseTrailEvent(payload).cause);
  } catch {
    return 'unknown: a sweep found the drift, without an event';
  }
}

const line = (label: string, text: string): string =>
  `${styleText('yellow', label.padEnd(8))} ${text}`;
