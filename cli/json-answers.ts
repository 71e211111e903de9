import * as z from 'zod';
import { alertEvent } from '#alert/alert-event.ts';
import { backfillReport, startedBackfill } from '#backfill/job-state.ts';
import { evidence, recoveries } from '#evidence/evidence.ts';
import { approval } from '#reconcile/approval.ts';
import { mode, outcome } from '#reconcile/outcome.ts';
import { plan } from '#reconcile/plan.ts';
import { ledger } from '#recovery/ledger.ts';
import { manifest } from '#recovery/manifest.ts';
import { estimate } from '#recovery/plan.ts';
import { recoveryInput } from '#recovery/recovery.ts';
import { count, text, texts, time } from '#text/schema-parts.ts';
import { badLink, chainCheck } from '#watchtower/evidence-chain.ts';
import { finding } from './checks/check.ts';
import {
  activeWindows,
  baseline,
  changes,
  deliveries,
  envelope,
  failed,
  incident,
  retirement,
  trail,
  window,
} from './json-answer-parts.ts';
import { verifiedManifest } from './recovery/verify-manifest.ts';
import { explainedLog } from './verify/explained-log.ts';

const verifiedTrail = z.strictObject({
  trail,
  from: time,
  to: time,
  bucket: text,
  logs: z.array(explainedLog),
  problems: texts.describe('What could not be verified, and why.'),
});

const captured = z.strictObject({
  status: z.enum(['captured', 'unchanged', 'differs']),
  baseline,
  changes,
  hardeningAdvice: texts,
  warnings: texts,
  unread: z.array(z.strictObject({ kind: text, reason: text })),
});

const listed = z.union([
  z.strictObject({ trail, status: z.literal('broken'), error: text }),
  z.strictObject({ ...retirement, status: z.literal('retired') }),
  z.strictObject({
    ...envelope,
    status: z.enum(['protected', 'maintenance', 'out-of-scope']),
    problem: text.nullable(),
    windows: activeWindows,
  }),
]);

const numbered = { version: count, isCurrent: z.boolean() };

const waiting = z.strictObject({
  trail,
  incident: text,
  approvals: z.array(approval),
  drift: texts,
});

const decisionAnswer = z.strictObject({ trail, incident: text, decided: z.array(approval) });

const entry = { at: text, of: text.describe('The ARN of a trail, or `trailkeeper`.') };

/** What each command prints with --json if it does not fail. `npm run schemas` publishes these schemas in docs/schemas. */
export const answers = {
  list: z.strictObject({ trails: z.array(listed) }),
  capture: z.union([
    captured,
    z.strictObject({ trails: z.array(z.union([captured, failed])), deliveries }),
  ]),
  show: z.strictObject({ baseline, windows: activeWindows, hardeningAdvice: texts }),
  history: z.strictObject({
    trail,
    versions: z.array(
      z.union([
        z.strictObject({ ...numbered, error: text }),
        z.strictObject({
          ...numbered,
          stored: z.union([baseline, z.strictObject(retirement)]),
          signedBy: text.nullable(),
        }),
      ]),
    ),
  }),
  diff: z.strictObject({ trail, from: count, to: z.union([count, z.literal('live')]), changes }),
  rollback: captured,
  import: captured,
  retire: z.strictObject({
    trails: z.array(
      z.union([
        z.strictObject({ status: z.literal('retired'), retirement: z.strictObject(retirement) }),
        failed,
      ]),
    ),
  }),
  keys: z.strictObject({ id: text, algorithm: text, pem: text }),
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
  init: z.strictObject({ file: text, trailkeeper: z.looseObject({}) }),
  deploy: z.strictObject({
    mode,
    deployed: z.array(z.strictObject({ account: text, region: text })),
  }),
  verify: z.union([verifiedTrail, verifiedManifest]),
  'verify-evidence': chainCheck.extend({
    hidden: z.array(badLink).describe('Links that someone tried to overwrite or delete.'),
  }),
  /** The result, or with --dry-run the plan. */
  recover: z.union([
    z.strictObject({
      execution: text,
      manifest,
      url: text,
      signedBy: verifiedManifest.shape.signedBy,
    }),
    recoveryInput.extend({ estimate }),
  ]),
  report: evidence,
  doctor: z.strictObject({
    isWell: z.boolean(),
    checks: z.array(
      z.strictObject({
        name: text,
        findings: z.array(finding),
      }),
    ),
  }),
  'notify test': z.strictObject({ deliveries }),
  redrive: z.strictObject({
    queue: text,
    redriven: texts,
    failed: z.array(z.strictObject({ id: text, problem: text })),
    left: count,
  }),
} as const satisfies Readonly<Record<string, z.ZodType>>;

/** What every command prints with --json if it fails. */
export const failure = z.strictObject({ error: z.strictObject({ name: text, message: text }) });

/** The JSON schemas by file name. */
export const jsonSchemas = (): Readonly<Record<string, object>> =>
  Object.fromEntries([
    ...Object.entries({ ...answers, error: failure }).map(([command, schema]) => [
      `${command.replace(' ', '-')}.json`,
      { title: `trailkeeper ${command} --json`, ...z.toJSONSchema(schema) },
    ]),
    ...Object.entries({ 'recovery-manifest': manifest, 'recovery-ledger': ledger }).map(
      ([name, schema]) => [
        `${name}.json`,
        { title: `trailkeeper ${name.replace('-', ' ')}`, ...z.toJSONSchema(schema) },
      ],
    ),
    ['alert-event.json', { title: 'An alert for programs', ...z.toJSONSchema(alertEvent) }],
  ]);
