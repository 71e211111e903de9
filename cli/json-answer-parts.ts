import * as z from 'zod';
import { severities } from '#drift/impact.ts';
import { count, text, texts, time } from '#text/schema-parts.ts';

export const trail = text.describe('The ARN of a trail.');
export const mode = z.enum(['observe', 'enforce']);

const severity = z.enum(severities);
const value = z.unknown().describe('A value in its canonical form; null means that it is absent.');
const change = { path: text, desired: value, actual: value };

export const changes = z.array(z.strictObject(change));

const impact = z.strictObject({ description: text, severity, losesCoverage: z.boolean() });
const step = { action: text.describe('The operation of the AWS API.'), input: z.looseObject({}) };
const suppression = z.union([
  z.strictObject({
    by: z.literal('maintenance-window'),
    window: text,
    until: time,
    requestedBy: text,
  }),
  z.strictObject({ by: z.enum(['backoff', 'refusal']) }),
]);
const finding = z.union([
  z.strictObject({ kind: text, status: z.enum(['in-sync', 'unmanaged']) }),
  z.strictObject({
    kind: text,
    status: z.literal('unknown'),
    reason: text,
    retryable: z.boolean(),
  }),
  z.strictObject({
    kind: text,
    status: z.literal('drifted'),
    changes: z.array(
      z.strictObject({ ...change, impact, treatment: z.enum(['restore', 'approve', 'alert']) }),
    ),
    steps: z.array(z.strictObject(step)),
    suppressed: suppression.optional(),
  }),
]);

export const plan = z.strictObject({ trail, version: count, findings: z.array(finding) });

const applied = z.union([
  z.strictObject({ kind: text, ...step, status: z.literal('applied') }),
  z.strictObject({
    kind: text,
    ...step,
    status: z.literal('failed'),
    error: text,
    message: text,
    remedy: text.nullable(),
    retryable: z.boolean(),
  }),
]);

export const outcome = z.strictObject({ mode, plan, applied: z.array(applied), verified: plan });

const version = { schema: z.literal(1), trail, version: count, previous: text.nullable() };

/** A baseline without its states and policy. */
export const envelope = { ...version, capturedAt: time, capturedBy: text, reason: text };

export const baseline = z.strictObject({
  ...envelope,
  states: z.record(text, z.looseObject({})).describe('The desired states by drift kind.'),
  policy: z.record(text, z.unknown()).describe('How drift is treated, by drift kind.'),
});

export const retirement = { ...version, retiredAt: time, retiredBy: text, reason: text };

export const window = z.strictObject({
  schema: z.literal(1),
  id: text,
  trail: text.describe('The ARN of a trail; "trailkeeper" for a deployment that was announced.'),
  kinds: texts,
  from: time,
  until: time,
  by: text,
  reason: text,
});

export const activeWindows = z.array(z.strictObject({ window, until: time }));

const decided = z.enum(['restore', 'alert']);

export const approval = z.strictObject({
  id: text,
  changes: z.array(z.strictObject({ key: text, kind: text, path: text })),
  requestedAt: time,
  until: time.describe('The deadline.'),
  otherwise: decided.describe('What happens at the deadline.'),
  decision: z
    .strictObject({
      treatment: decided,
      at: time,
      by: text.nullable().describe('null: the deadline decided.'),
      via: z.enum(['cli', 'slack']).nullable(),
      reason: text.nullable(),
    })
    .nullable(),
  endedAt: time.nullable().describe('When the drift was gone.'),
});

/** What an incident stores: long values are truncated. */
const stored = z.looseObject({});

export const incident = z.strictObject({
  id: text,
  trail,
  state: text,
  severity,
  openedAt: time,
  updatedAt: time,
  closedAt: time.nullable(),
  lastInSyncAt: time.nullable(),
  cause: stored.nullable(),
  calls: z.array(z.strictObject({ call: stored, effect: text })),
  callCount: count,
  episodes: z.array(
    z.strictObject({
      detectedAt: time,
      resolvedAt: time.nullable(),
      resolution: z.enum(['restored', 'accepted', 'external']).nullable(),
      acceptedBy: text.nullable(),
      trigger: stored.nullable(),
      outcome: stored,
    }),
  ),
  episodeCount: count,
  approvals: z.array(approval),
  actions: z.array(
    z.strictObject({
      type: z.enum(['acknowledged', 'restore', 'accept', 'window']),
      at: time,
      by: text,
      via: z.enum(['cli', 'slack']),
      reason: text.nullable(),
    }),
  ),
  interruptions: z.array(stored),
  gaps: z.array(stored),
  problemCount: count,
  flapping: z.boolean(),
  reminders: count,
  baselineError: text.nullable(),
});

/** A trail for which the command failed. */
export const failed = z.strictObject({ trail, status: z.literal('failed'), error: text });

export const deliveries = z.array(
  z.strictObject({ channel: text, status: text.describe('`notified` if people were notified.') }),
);
