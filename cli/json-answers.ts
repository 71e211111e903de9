import * as z from 'zod';
import { alertEvent } from '#alert/alert-event.ts';
import { evidence } from '#evidence/evidence.ts';
import { gap } from '#gaps/gap.ts';
import { count, text, texts, time } from '#text/schema-parts.ts';
import { deliveries, mode, trail } from './json-answer-parts.ts';
import { baselineAnswers } from './json-baseline-answers.ts';
import { driftAnswers } from './json-drift-answers.ts';
import { recovered, recoveryFiles, verifiedManifest } from './json-recovery.ts';
import { verifiedEvidence } from './json-verified-evidence.ts';

const verifiedLog = z.strictObject({
  trail,
  from: time,
  to: time,
  bucket: text,
  logs: z.array(
    z.strictObject({
      account: text,
      region: text,
      validDigests: count,
      validFiles: count,
      badFiles: z.array(z.strictObject({ file: text, problem: text })),
      unnamedFiles: texts.describe('Log files that no digest file of the trail names.'),
      uncovered: z.array(
        z.strictObject({
          from: time,
          to: time,
          reason: z.enum(['digest-missing', 'new-chain', 'not-delivered', 'not-due']),
          missing: text.nullable(),
          gaps: z.array(z.strictObject({ incident: text, gap })),
        }),
      ),
    }),
  ),
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
  verify: z.union([verifiedLog, verifiedManifest]),
  'verify-evidence': verifiedEvidence,
  recover: recovered,
  report: evidence,
  doctor: z.strictObject({
    isWell: z.boolean(),
    checks: z.array(
      z.strictObject({
        name: text,
        findings: z.array(
          z.strictObject({
            status: z.enum(['ok', 'note', 'wrong']),
            message: text,
            remedy: text.nullable(),
          }),
        ),
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
    ...Object.entries(recoveryFiles).map(([name, schema]) => [
      `${name}.json`,
      { title: `trailkeeper ${name.replace('-', ' ')}`, ...z.toJSONSchema(schema) },
    ]),
    ['alert-event.json', { title: 'An alert for programs', ...z.toJSONSchema(alertEvent) }],
  ]);
