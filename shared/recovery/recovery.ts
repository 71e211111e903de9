import * as z from 'zod';
import { hashOf } from '#baseline/signing/signature.ts';

/** A time range of whole seconds: `from` belongs to it, `to` does not. ISO 8601. */
const interval = z.object({ from: z.iso.datetime(), to: z.iso.datetime() });

/** What is recovered, from where to where: the input of the state machine, beside the accounts. */
export const recovery = z.object({
  /** Names the recovery: the same request has the same id. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  /** The ARN of the trail. */
  trail: z.string(),
  /** The incidents whose gaps are recovered. */
  incidents: z.array(z.string()),
  /** Whole slots, the earliest first, without overlap. */
  intervals: z.array(interval).min(1),
  regions: z.array(z.string()).min(1),
  /** Where to. */
  bucket: z.string(),
  prefix: z.string(),
  /** Where the trail delivers its log, to whose events recovery adds nothing. */
  log: z.object({
    bucket: z.string(),
    prefix: z.string().nullable(),
    /** The id of the organization if the trail is of one. */
    organization: z.string().nullable(),
  }),
  /** Sentences about events that event history does not have. */
  unrecoverable: z.array(z.string()),
  /** Sentences about events that the files have, although the selectors of the trail exclude them. */
  excludedByTrail: z.array(z.string()),
});

export type Interval = z.infer<typeof interval>;
export type Recovery = z.infer<typeof recovery>;

/** The input of the state machine. */
export const recoveryInput = z.object({ recovery, accounts: z.array(z.string()).min(1) });

export type RecoveryInput = z.infer<typeof recoveryInput>;

/** Every account and Region that is read. */
export const placesOf = ({ recovery: { regions }, accounts }: RecoveryInput) =>
  accounts.flatMap((account) => regions.map((region) => ({ account, region })));

/** How many accounts the state machine works on at the same time. */
export const accountsAtOnce = 40;

/** The id of a recovery. Accounts join and leave an organization, so they are no part of it. */
export function recoveryId({
  trail,
  intervals,
  regions,
  bucket,
  prefix,
}: Pick<Recovery, 'trail' | 'intervals' | 'regions' | 'bucket' | 'prefix'>): string {
  return hashOf(JSON.stringify([trail, intervals, regions, bucket, prefix])).slice(0, 16);
}

/** The folder of the ledgers and the manifest of a recovery. */
export const folderOf = ({ id, prefix }: Pick<Recovery, 'id' | 'prefix'>): string =>
  `${prefix}/recoveries/${id}`;

export const manifestKey = (recovery: Pick<Recovery, 'id' | 'prefix'>): string =>
  `${folderOf(recovery)}/manifest.json`;
