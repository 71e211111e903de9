import * as z from 'zod';
import { severities } from '#drift/impact.ts';
import { personAction } from '#incident/incident.ts';
import { approval } from '#reconcile/approval.ts';
import { change } from '#text/diff.ts';
import { count, text, texts, time } from '#text/schema-parts.ts';

export const trail = text.describe('The ARN of a trail.');

export const changes = z.array(change);

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

/** What an incident stores: long values are truncated. */
const stored = z.looseObject({});

export const incident = z.strictObject({
  id: text,
  trail,
  state: text,
  severity: z.enum(severities),
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
  actions: z.array(personAction),
  interruptions: z.array(stored),
  gaps: z.array(stored),
  problemCount: count,
  flapping: z.boolean(),
  reminders: count,
  baselineError: text.nullable(),
  retired: z
    .strictObject({ by: text, reason: text })
    .optional()
    .describe('Who retired the trail while the incident was open.'),
});

/** A trail for which the command failed. */
export const failed = z.strictObject({ trail, status: z.literal('failed'), error: text });

export const deliveries = z.array(
  z.strictObject({ channel: text, status: text.describe('`notified` if people were notified.') }),
);
