import * as z from 'zod';
import type { RecoverConfig } from '#recovery/recover-config.ts';
import { must } from '#text/schema-messages.ts';

const bucketRule = 'be the name of a bucket';
export const bucket = z
  .string(must(bucketRule))
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, must(bucketRule));

const prefixRule =
  "be a prefix without a slash at its ends, of letters, digits and !-_.*'(), for example recovered";

/** Where events are recovered to, and where the trails deliver to. */
export const recovery = z.strictObject(
  {
    bucket,
    prefix: z
      .string(must(prefixRule))
      .max(200, must('have at most 200 characters'))
      .regex(/^[\w!.*'()-]+(\/[\w!.*'()-]+)*$/, must(prefixRule))
      .default('recovered'),
    /** The buckets of the trails, which have the events that were delivered. */
    logBuckets: z
      .array(bucket, must('be a list of the buckets that the trails deliver to'))
      .min(1, must('name the bucket that a trail delivers to'))
      .max(12, must('have at most 12 buckets')),
  },
  must('be an object with bucket and logBuckets, or be left out'),
);

type Recovering = {
  readonly account: string;
  readonly region: string;
  readonly recovery: z.infer<typeof recovery>;
};

/** The configuration of the function that recovers events. */
export const recoverConfig = ({
  account,
  recovery: { bucket, prefix },
}: Recovering): RecoverConfig => ({ account, bucket, prefix });
