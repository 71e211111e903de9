import * as z from 'zod';
import type { Algorithm } from '#baseline/signing/signature.ts';
import { severities } from '#drift/impact.ts';
import { gap } from '#gaps/gap.ts';
import { loggingInterruption } from '#gaps/logging-interruption.ts';
import type { CallEffect } from '#incident/incident.ts';
import type { IncidentState } from '#incident/lifecycle/states.ts';
import { mode } from '#reconcile/outcome.ts';
import { count, json, type Of, text, textOf, texts, time } from '#text/schema-parts.ts';
import { apiCall } from '#trail/api-call.ts';
import { coverage } from './coverage.ts';
import { type Lane, lanes } from './lanes.ts';

const severity = z.enum(severities);
const range = { from: text, to: text };
const sha256 = text.describe('SHA-256 in hex.');
const signedBy = text
  .nullable()
  .describe('The id of the approver key whose signature was verified; null if no keys are known.');

const version = z.strictObject({
  version: count,
  type: z.enum(['baseline', 'retirement']),
  at: time,
  by: text,
  reason: text,
  sha256: sha256.nullable().describe('Of the signed document; null if its row is gone.'),
  previous: sha256.nullable().describe('Of the document of the version before.'),
  signature: z
    .strictObject({ keyId: text, algorithm: textOf<Algorithm>(), signature: text })
    .nullable(),
  signedBy,
});

export type VersionEvidence = Of<typeof version>;

const baseline = z.union([
  z.strictObject({
    ...version.shape,
    /** What was changed in the state table without a valid signature, one sentence each. */
    faults: texts,
  }),
  z.strictObject({ problem: text }),
]);

const record = z
  .strictObject({ pk: text, sk: text, sha256 })
  .describe('The row of the state table, and the hash of the JSON text in it.');

export type RecordRef = Of<typeof record>;

const call = z.strictObject({
  ...apiCall.shape,
  principal: z.strictObject({ ...apiCall.shape.principal.shape, description: text }),
  tool: text.nullable(),
  /** What it did; null for a cause that is not in the list of calls. */
  effect: textOf<CallEffect>().nullable(),
  /** The event in the console of CloudTrail; null if its id or Region is not known there. */
  link: text.nullable(),
});

export type CallEvidence = Of<typeof call>;

const change = z.strictObject({
  kind: text,
  path: text,
  lane: z.enum(Object.keys(lanes) as Lane[]),
  desired: json,
  actual: json,
  description: text,
  severity,
  losesCoverage: z.boolean(),
});

export type ChangeEvidence = Of<typeof change>;

const repair = z.strictObject({
  kind: text,
  action: text,
  status: z.enum(['applied', 'failed']),
  /** The error of AWS; null if it was applied. */
  error: text.nullable(),
});

export type RepairEvidence = Of<typeof repair>;

/** One drift: what was found, what was done, and when the result was read back. */
const episode = z.strictObject({
  detectedAt: time,
  resolvedAt: time.nullable().describe('When it was read back in sync.'),
  resolution: z.enum(['restored', 'accepted', 'external']).nullable(),
  acceptedBy: text.nullable(),
  mode,
  /** The version of the baseline that the trail was compared with. */
  version: count,
  changes: z.array(change),
  /** What could not be read, one sentence each. */
  unread: texts,
  repairs: z.array(repair),
  /** What was read back and still differs, one sentence each. */
  left: texts,
});

export type EpisodeEvidence = Of<typeof episode>;

const gapRecovery = z.strictObject({
  /** How much of its events was recovered, by manifests whose signature was verified. */
  extent: z.enum(['all', 'some', 'none', 'unknown']),
  /** The URLs of the manifests that are about it. */
  manifests: texts,
});

export type GapRecovery = Of<typeof gapRecovery>;

/** A gap, and what was recovered of it. One that is open lasts until the incident closes, or until this was generated. */
const gapEvidence = gap.extend({
  recovery: gapRecovery.nullable().describe('null: event history has nothing of it.'),
});

export type GapEvidence = Of<typeof gapEvidence>;

const incident = z.strictObject({
  id: text,
  trail: text.describe('The ARN of a trail.'),
  title: text,
  /** What to do, or that nothing is to be done. */
  callToAction: text,
  state: textOf<IncidentState>(),
  severity,
  openedAt: time,
  updatedAt: time,
  closedAt: time.nullable(),
  lastInSyncAt: time.nullable(),
  /** Whether something is left that differs from the baseline, or may. */
  isUnresolved: z.boolean(),
  /** The call that is known to have led to it; null if none is. */
  cause: call.nullable(),
  calls: z.array(call),
  callCount: count,
  episodes: z.array(episode),
  episodeCount: count,
  interruptions: z.array(loggingInterruption),
  gaps: z.array(gapEvidence),
  baselineError: text.nullable(),
  record,
});

export type IncidentEvidence = Of<typeof incident>;

/** A maintenance window, with the time when it ended or ends; or why its row is not one. */
const maintenanceWindow = z.union([
  z.strictObject({
    id: text,
    kinds: texts,
    from: time,
    until: time,
    by: text,
    reason: text,
    signedBy,
    ended: z.strictObject({ at: text, by: text, reason: text }).nullable(),
  }),
  z.strictObject({ key: text, problem: text }),
]);

export type WindowEvidence = Of<typeof maintenanceWindow>;

const trail = z.strictObject({
  trail: text.describe('The ARN of a trail.'),
  /** The baseline in force when this was generated; null if the trail is not protected. */
  baseline: baseline.nullable(),
  /** The versions that were stored in the window, the latest first. */
  versions: z.array(version),
  coverage,
  /** The earliest first. */
  incidents: z.array(incident),
  windows: z.array(maintenanceWindow),
  /** Rows of the state table that cannot be read, one sentence each. */
  unreadable: texts,
});

export type TrailEvidence = Of<typeof trail>;

const tampering = z.strictObject({
  id: text,
  at: text,
  severity,
  title: text,
  cause: call.nullable(),
  details: texts,
  record,
});

export type TamperEvidence = Of<typeof tampering>;

const lacks = z.array(z.strictObject({ account: text, region: text, reason: text }));

/** A recovery, by its manifest. */
const recovery = z.strictObject({
  trail: text.describe('The ARN of a trail.'),
  /** What was read. The end of each does not belong to it. */
  intervals: z.array(z.strictObject(range)),
  accounts: count,
  regions: count,
  recovered: count.describe('How many events were written.'),
  files: count,
  folder: text.describe('The folder of the log files.'),
  finishedAt: time,
  manifest: text,
  sha256,
  signedBy: text.nullable(),
  signatureProblem: text.nullable().describe('Why the manifest is not trusted.'),
  /** What could not be had, and why. */
  missing: lacks,
  /** Where events may also be in the log of the trail, and why. */
  notCompared: lacks,
  unrecoverable: texts,
  /** What the files have, although the selectors of the trail exclude it. */
  excludedByTrail: texts,
});

export type RecoveryEvidence = Of<typeof recovery>;

/** What was recovered from event history, by the manifests. */
export const recoveries = z.strictObject({
  found: z.array(recovery),
  unread: texts.describe('Why manifests could not be read.'),
});

export type Recoveries = Of<typeof recoveries>;

/** What trailkeeper knows about trails in a time range, to be filed: what `report` prints with --json. Times are ISO 8601. */
export const evidence = z.strictObject({
  schema: z.literal(1),
  generatedAt: time,
  /** The ARN of the principal that generated it, or `unknown`. */
  generatedBy: text,
  generator: text.describe('The version of trailkeeper.'),
  window: z.strictObject(range),
  /** The id of the incident, if it is about one. */
  incident: text.nullable(),
  trails: z.array(trail),
  /** Changes of trailkeeper itself in the window. */
  tampering: z.array(tampering),
  recoveries,
});

export type Evidence = Of<typeof evidence>;
