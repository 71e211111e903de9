import * as z from 'zod';
import { severities } from '#drift/impact.ts';
import { lanes } from '#evidence/lanes.ts';
import { call, count, gap, mode, text, texts, time, trail } from './json-answer-parts.ts';

const severity = z.enum(severities);
const range = { from: text, to: text };
const sha256 = text.describe('SHA-256 in hex.');
const signedBy = text
  .nullable()
  .describe('The id of the approver key whose signature was verified; null if no keys are known.');

const version = {
  version: count,
  type: z.enum(['baseline', 'retirement']),
  at: time,
  by: text,
  reason: text,
  sha256: sha256.nullable().describe('Of the signed document; null if its row is gone.'),
  previous: sha256.nullable().describe('Of the document of the version before.'),
  signature: z.strictObject({ keyId: text, algorithm: text, signature: text }).nullable(),
  signedBy,
};

const share = {
  milliseconds: count,
  percent: z.number().min(0).max(100).describe('Recorded is rounded down, the others up.'),
};

const coverage = z.strictObject({
  problem: text.nullable().describe('Why there are no shares; null if there are.'),
  recorded: z.strictObject(share),
  missing: z.strictObject({ ...share, ranges: z.array(z.strictObject(range)) }),
  unknown: z.strictObject({
    ...share,
    ranges: z.array(z.strictObject({ ...range, reason: text })),
  }),
});

const record = z
  .strictObject({ pk: text, sk: text, sha256 })
  .describe('The row of the state table, and the hash of the JSON text in it.');

const callEvidence = z.strictObject({
  ...call.shape,
  principal: z.strictObject({ ...call.shape.principal.shape, description: text }),
  tool: text.nullable(),
  effect: text.nullable(),
  link: text.nullable(),
});

const value = z.unknown().describe('A value in its canonical form; null means that it is absent.');

const episode = z.strictObject({
  detectedAt: time,
  resolvedAt: time.nullable().describe('When it was read back in sync.'),
  resolution: z.enum(['restored', 'accepted', 'external']).nullable(),
  acceptedBy: text.nullable(),
  mode,
  version: count,
  changes: z.array(
    z.strictObject({
      kind: text,
      path: text,
      lane: z.enum(Object.keys(lanes) as [string, ...string[]]),
      desired: value,
      actual: value,
      description: text,
      severity,
      losesCoverage: z.boolean(),
    }),
  ),
  unread: texts,
  repairs: z.array(
    z.strictObject({
      kind: text,
      action: text,
      status: z.enum(['applied', 'failed']),
      error: text.nullable(),
    }),
  ),
  left: texts,
});

const incident = z.strictObject({
  id: text,
  trail,
  title: text,
  callToAction: text,
  state: text,
  severity,
  openedAt: time,
  updatedAt: time,
  closedAt: time.nullable(),
  lastInSyncAt: time.nullable(),
  isUnresolved: z.boolean(),
  cause: callEvidence.nullable(),
  calls: z.array(callEvidence),
  callCount: count,
  episodes: z.array(episode),
  episodeCount: count,
  interruptions: z.array(
    z.strictObject({
      how: z.enum(['stopped', 'made-again']),
      from: text,
      isFromKnown: z.boolean(),
      to: text,
    }),
  ),
  gaps: z.array(
    gap.extend({
      recovery: z
        .strictObject({ extent: z.enum(['all', 'some', 'none', 'unknown']), manifests: texts })
        .nullable()
        .describe('null: event history has nothing of it.'),
    }),
  ),
  baselineError: text.nullable(),
  record,
});

const window = z.union([
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

const lacks = z.array(z.strictObject({ account: text, region: text, reason: text }));

/** What was recovered, by the manifests. */
export const recoveries = z.strictObject({
  found: z.array(
    z.strictObject({
      trail,
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
      missing: lacks,
      notCompared: lacks,
      unrecoverable: texts,
      excludedByTrail: texts,
    }),
  ),
  unread: texts.describe('Why manifests could not be read.'),
});

/** What `report` prints with --json: the evidence of `shared/evidence/evidence.ts`. */
export const evidence = z.strictObject({
  schema: z.literal(1),
  generatedAt: time,
  generatedBy: text,
  generator: text.describe('The version of trailkeeper.'),
  window: z.strictObject(range),
  incident: text.nullable(),
  trails: z.array(
    z.strictObject({
      trail,
      baseline: z
        .union([z.strictObject({ ...version, faults: texts }), z.strictObject({ problem: text })])
        .nullable(),
      versions: z.array(z.strictObject(version)),
      coverage,
      incidents: z.array(incident),
      windows: z.array(window),
      unreadable: texts,
    }),
  ),
  tampering: z.array(
    z.strictObject({
      id: text,
      at: text,
      severity,
      title: text,
      cause: callEvidence.nullable(),
      details: texts,
      record,
    }),
  ),
  recoveries,
});
