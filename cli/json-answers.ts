import * as z from 'zod';
import { alertEvent } from '#alert/alert-event.ts';
import { evidence } from '#evidence/evidence.ts';
import { mode } from '#reconcile/outcome.ts';
import { ledger } from '#recovery/ledger.ts';
import { manifest } from '#recovery/manifest.ts';
import { estimate } from '#recovery/plan.ts';
import { recoveryInput } from '#recovery/recovery.ts';
import { count, text, texts, time } from '#text/schema-parts.ts';
import { badLink, chainCheck } from '#watchtower/evidence-chain.ts';
import { finding } from './checks/check.ts';
import { explainedLog } from './explained-log.ts';
import { deliveries, trail } from './json-answer-parts.ts';
import { baselineAnswers } from './json-baseline-answers.ts';
import { driftAnswers } from './json-drift-answers.ts';
import { verifiedManifest } from './recovery/verify-manifest.ts';

const verifiedTrail = z.strictObject({
  trail,
  from: time,
  to: time,
  bucket: text,
  logs: z.array(explainedLog),
  problems: texts.describe('What could not be verified, and why.'),
});

/** What each command prints with --json if it does not fail. `npm run schemas` publishes these schemas in docs/schemas. */
export const answers = {
  ...baselineAnswers,
  ...driftAnswers,
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
