import * as z from 'zod';
import { backfillReport, startedBackfill } from '#backfill/job-state.ts';
import { recoveries } from '#evidence/evidence.ts';
import { approval } from '#reconcile/approval.ts';
import { outcome } from '#reconcile/outcome.ts';
import { plan } from '#reconcile/plan.ts';
import { text, texts, time } from '#text/schema-parts.ts';
import { activeWindows, failed, incident, trail, window } from './json-answer-parts.ts';

const waiting = z.strictObject({
  trail,
  incident: text,
  approvals: z.array(approval),
  drift: texts,
});

const decisionAnswer = z.strictObject({ trail, incident: text, decided: z.array(approval) });

const entry = { at: text, of: text.describe('The ARN of a trail, or `trailkeeper`.') };

/** What the commands for drift, its repair and its incidents print with --json. */
export const driftAnswers = {
  plan: z.strictObject({
    trails: z.array(
      z.union([
        z.strictObject({ trail, plan, windows: activeWindows, waiting: waiting.nullable() }),
        z.strictObject({ trail, error: text }),
      ]),
    ),
  }),
  approve: decisionAnswer,
  reject: decisionAnswer,
  restore: outcome.extend({ verdict: text, windows: activeWindows }),
  'window start': z.strictObject({
    trails: z.array(z.union([z.strictObject({ status: z.literal('started'), window }), failed])),
  }),
  'window end': z.strictObject({
    status: z.enum(['none', 'ended']),
    ended: texts,
    end: z.strictObject({ at: time, by: text, reason: text }).optional(),
  }),
  'window list': z.strictObject({ windows: activeWindows }),
  harden: z.strictObject({
    exceptions: texts.describe('The principals that may still make the calls.'),
    policies: z.array(
      z.strictObject({
        name: text,
        type: z.enum(['service control', 'resource control', 'bucket', 'key']),
        resource: text.nullable().describe('The bucket or key whose policy gets the statements.'),
        document: z.unknown().describe('The policy, as IAM reads it.'),
        keeps: texts,
      }),
    ),
    warnings: texts,
  }),
  incidents: z.strictObject({
    incidents: z.array(
      z.union([
        z.strictObject({ ...entry, incident }),
        z.strictObject({
          ...entry,
          notice: z.strictObject({
            id: text,
            trail,
            window,
            startedAt: time,
            endedAt: time.nullable(),
          }),
        }),
        z.strictObject({ ...entry, tampering: z.looseObject({ id: text, faults: texts }) }),
        z.strictObject({ ...entry, problem: text }),
      ]),
    ),
    recoveries: recoveries.optional().describe('Of one incident.'),
  }),
  backfill: z.union([backfillReport, startedBackfill]),
} as const satisfies Readonly<Record<string, z.ZodType>>;
