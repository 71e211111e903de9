import * as z from 'zod';
import { ledger } from '#recovery/ledger.ts';
import { manifest } from '#recovery/manifest.ts';
import { recoveryInput } from '#recovery/recovery.ts';
import { count, text } from '#text/schema-parts.ts';

const signedBy = text.nullable().describe('The id of the approver key; null without a signature.');

/** What recover prints: the result, or with --dry-run the plan. */
export const recovered = z.union([
  z.strictObject({ execution: text, manifest, url: text, signedBy }),
  recoveryInput.extend({
    estimate: z.strictObject({
      calls: count.describe('At least so many calls of LookupEvents.'),
      seconds: count,
      secondsPer10000: count.describe('For 10,000 events of one account and Region.'),
    }),
  }),
]);

/** What verify --manifest prints. */
export const verifiedManifest = z.strictObject({
  manifest: text,
  signedBy,
  signatureProblem: text.nullable(),
  validFiles: count,
  badFiles: z.array(z.strictObject({ key: text, problem: text })),
});

/** The schemas of the files that a recovery writes beside log files. */
export const recoveryFiles = { 'recovery-manifest': manifest, 'recovery-ledger': ledger };
