import { type Change, fieldOf } from '#text/diff.ts';
import type { PolicyStatement } from './policy-document.ts';
import { principalOf, without } from './statement-meaning.ts';

/** Whether S3 refused a bucket policy because it lets everyone in. Source: Amazon S3 user guide, "Troubleshoot access denied errors". */
export const isPublicPolicyRefused = (message = ''): boolean =>
  message.includes('BlockPublicPolicy');

/** The statements that were added since the capture and let everyone in, given what drifted. */
export const addedForEveryone = (changes: readonly Change[]): readonly PolicyStatement[] =>
  changes
    .filter((change) => fieldOf(change) === 'OtherStatements')
    .flatMap(({ desired, actual }) => without(statementsOf(actual), statementsOf(desired)))
    .filter(isForEveryone);

const statementsOf = (part: unknown): readonly PolicyStatement[] =>
  Array.isArray(part) ? part : [];

/**
 * Whether S3 takes a statement for public: it allows everyone something, and no condition limits that to fixed values. Source: Amazon
 * S3 user guide, "Blocking public access to your Amazon S3 storage", "The meaning of public".
 */
function isForEveryone({ Effect, Principal, NotPrincipal, Condition }: PolicyStatement): boolean {
  const isEveryone =
    NotPrincipal !== undefined || principalOf(Principal ?? null).AWS?.includes('*') === true;
  return Effect === 'Allow' && isEveryone && !Object.entries(Condition ?? {}).some(isLimit);
}

const isLimit = ([operator, keys]: [string, unknown]): boolean =>
  !/Not|IfExists|ForAllValues/.test(operator) &&
  Object.entries(Object(keys)).some(
    ([key, values]) =>
      limiting.test(key) && [values].flat().every((value) => !/[*?]|\$\{/.test(String(value))),
  );

/** The condition keys whose fixed values keep a statement from being public. */
const limiting =
  /^(aws:(Source(Ip|Arn|Vpc|Vpce|Owner|Account)|PrincipalOrgID|userid)|s3:(x-amz-server-side-encryption-aws-kms-key-id|DataAccessPoint(Arn|Account)))$/i;
