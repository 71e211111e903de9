import * as z from 'zod';
import { matching, must } from '#text/schema-messages.ts';

export const bucket = matching('be the name of a bucket', /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/);

/** Where events are recovered to, and where the trails deliver to. */
export const recovery = z.strictObject(
  {
    bucket,
    prefix: matching(
      "be a prefix without a slash at its ends, of letters, digits and !-_.*'(), for example recovered",
      /^[\w!.*'()-]+(\/[\w!.*'()-]+)*$/,
    )
      .max(200, must('have at most 200 characters'))
      .default('recovered'),
    /** The buckets of the trails, which have the events that were delivered. */
    logBuckets: z
      .array(bucket, must('be a list of the buckets that the trails deliver to'))
      .min(1, must('name the bucket that a trail delivers to'))
      .max(12, must('have at most 12 buckets')),
  },
  must('be an object with bucket and logBuckets, or be left out'),
);
