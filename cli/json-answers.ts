import * as z from 'zod';
import { alertEvent } from '#alert/alert-event.ts';
import {
  activeWindows,
  approval,
  baseline,
  callEffect,
  changes,
  count,
  envelope,
  gap,
  incident,
  mode,
  outcome,
  plan,
  retirement,
  text,
  texts,
  time,
  trail,
  window,
} from './json-answer-parts.ts';
import { evidence } from './json-evidence.ts';
import { recovered, recoveryFiles, verifiedManifest } from './json-recovery.ts';

const failed = z.strictObject({ trail, status: z.literal('failed'), error: text });

const deliveries = z.array(
  z.strictObject({ channel: text, status: text.describe('`notified` if people were notified.') }),
);

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

const waiting = z.strictObject({
  trail,
  incident: text,
  approvals: z.array(approval),
  drift: texts,
});

const decisionAnswer = z.strictObject({ trail, incident: text, decided: z.array(approval) });

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

const numbered = { version: count, isCurrent: z.boolean() };

const entry = { at: text, of: text.describe('The ARN of a trail, or `trailkeeper`.') };

const progress = z.strictObject({
  lookupsDone: count,
  lookups: count,
  lookup: text.nullable(),
  pages: count,
  calls: count,
});

const past = z.strictObject({
  trail,
  version: count.nullable(),
  gaps: z.array(gap),
  calls: z.array(callEffect),
  unknown: texts,
  unexplained: texts,
  hasUnread: z.boolean(),
  now: z.strictObject({
    verdict: text,
    found: texts,
    left: texts,
    applied: texts,
    incident: text.nullable(),
    problem: text.nullable(),
  }),
});

/** What each command prints with --json if it does not fail. `npm run schemas` publishes these schemas in docs/schemas. */
export const answers = {
  init: z.strictObject({ file: text, trailkeeper: z.looseObject({}) }),
  deploy: z.strictObject({
    mode,
    deployed: z.array(z.strictObject({ account: text, region: text })),
  }),
  list: z.strictObject({ trails: z.array(listed) }),
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
  verify: z.union([verifiedLog, verifiedManifest]),
  recover: recovered,
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
  }),
  report: evidence,
  backfill: z.union([
    z.strictObject({
      from: time,
      to: time,
      mode,
      mayGrow: z.boolean(),
      trails: z.array(past),
      text: texts,
    }),
    z.strictObject({ report: text, status: text, problem: text.nullable(), progress }),
  ]),
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
