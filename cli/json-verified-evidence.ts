import * as z from 'zod';
import { count, text, time } from '#text/schema-parts.ts';

const problem = z.strictObject({ key: text, problem: text });

/** What verify-evidence prints. */
export const verifiedEvidence = z.strictObject({
  links: count.describe('The links before the first broken one.'),
  records: count,
  from: time.nullable(),
  to: time.nullable(),
  hash: text.nullable().describe('The SHA-256 of the last of these links.'),
  broken: problem.nullable().describe('The first link that does not follow.'),
  hidden: z.array(problem).describe('Links that someone tried to overwrite or delete.'),
});
