import * as z from 'zod';
import type { Trail } from '#trail/trail-arn.ts';
import { isAny, overlap } from './policy-pattern.ts';

/** A statement of a resource policy, as far as trailkeeper understands it. */
export type Statement = z.infer<typeof statement>;

/**
 * A request of CloudTrail, with the condition keys that it is known to send, in lower case; null if unknown. The resource may be a
 * pattern.
 */
export type Request = {
  readonly action: string;
  readonly resource: string;
  readonly keys: Readonly<Record<string, string | null>>;
};

/** The condition keys that CloudTrail is known to send for a trail. */
export const sentKeys = (
  { arn, accountId }: Trail,
  organization: string | null = null,
): Request['keys'] => ({
  'aws:sourcearn': arn,
  'aws:sourceaccount': accountId,
  'aws:sourceorgid': organization,
  'aws:securetransport': 'true',
  'aws:principalisawsservice': 'true',
});

/** The service principal of CloudTrail, in every partition. */
export const cloudTrail = 'cloudtrail.amazonaws.com';

/** A statement with lists and conditions in one form; null if trailkeeper does not understand it. */
export const readStatement = (raw: unknown): Statement | null =>
  statement.safeParse(raw).data ?? null;

/** Whether a statement allows CloudTrail a request. */
export const allows = (statement: Statement, request: Request): boolean =>
  hasAction(statement, request) &&
  isAny(statement.Resource, request.resource) &&
  (statement.Principal.Service ?? []).includes(cloudTrail) &&
  conditionsOf(statement).every((condition) => isMet(condition, request) === true);

/**
 * Whether a Deny statement may deny CloudTrail a request. False only if it names other principals, actions or resources, or has a
 * condition that the request does not meet.
 */
export const mayDeny = (statement: Statement, request: Request): boolean =>
  mayBeCloudTrail(statement.Principal) &&
  hasAction(statement, request) &&
  statement.Resource.some((pattern) => overlap(pattern, request.resource)) &&
  conditionsOf(statement).every((condition) => isMet(condition, request) !== false);

/** Whether the conditions of a statement exclude the trail of a request, as those of a statement for another trail do. */
export const excludesTrail = (statement: Statement, request: Request): boolean =>
  conditionsOf(statement).some(
    (condition) => condition.key === 'aws:sourcearn' && isMet(condition, request) === false,
  );

/** The names of actions are not case-sensitive. Source: IAM user guide, "IAM JSON policy elements: Action". */
const hasAction = ({ Action }: Statement, { action }: Request): boolean =>
  isAny(
    Action.map((pattern) => pattern.toLowerCase()),
    action.toLowerCase(),
  );

/** Principals of accounts are not CloudTrail; those of an unknown type may be. */
const mayBeCloudTrail = (principal: Statement['Principal']): boolean =>
  Object.entries(principal).some(([type, names]) => {
    if (type === 'AWS') return names.includes('*');
    return type !== 'Service' || names.some((name) => isAny([name.toLowerCase()], cloudTrail));
  });

/** One key of one operator of a condition; the key in lower case. */
export type Condition = {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
};

export const conditionsOf = ({ Condition }: Pick<Statement, 'Condition'>): readonly Condition[] =>
  Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key: key.toLowerCase(), values })),
  );

/** Whether a request meets a condition; null if that is not known, as with a policy variable. */
function isMet(condition: Condition, { keys }: Request): boolean | null {
  const { operator, key, values } = condition;
  if (values.some((value) => value.includes('${'))) return null;
  if (isNeverSent(condition)) return false;
  const sent = keys[key] ?? null;
  if (sent === null) return null;
  const compared = /^(String|Arn)(Not)?(Equals|Like|EqualsIgnoreCase)(?:IfExists)?$/.exec(operator);
  if (compared !== null) {
    const [, type = '', negated, how = ''] = compared;
    const equal = isEqual(`${type}${how}`, values, sent);
    return equal === null ? null : equal !== (negated !== undefined);
  }
  if (operator === 'Null') return values.some((value) => value.toLowerCase() === 'false');
  if (!/^Bool(IfExists)?$/.test(operator)) return null;
  return values.some((value) => value.toLowerCase() === sent);
}

function isEqual(comparison: string, values: readonly string[], sent: string): boolean | null {
  if (comparison === 'StringEquals') return values.includes(sent);
  if (comparison.startsWith('Arn')) return isEqualArn(values, sent);
  if (comparison !== 'StringEqualsIgnoreCase') return isAny(values, sent);
  return values.some((value) => value.toLowerCase() === sent.toLowerCase());
}

/**
 * Whether one of the patterns matches an ARN, part by part; null if one does only as text, as `arn:aws:*` does: AWS compares the six
 * parts of an ARN one by one, and does not document what it does with fewer. Source: IAM user guide, "Amazon Resource Name (ARN)
 * condition operators". The ARN of a trail, which CloudTrail sends, has no colon in its last part.
 */
function isEqualArn(patterns: readonly string[], arn: string): boolean | null {
  const parts = arn.split(':');
  const isMatch = (pattern: string): boolean => {
    const found = pattern.split(':');
    return found.length === parts.length && found.every((one, i) => isAny([one], parts[i] ?? ''));
  };
  if (patterns.some(isMatch)) return true;
  return isAny(patterns, arn) ? null : false;
}

/**
 * Whether a condition requires what CloudTrail never is or sends: a user or role of an account, or a version of TLS that AWS no longer
 * accepts. Sources: IAM user guide, "AWS global condition context keys", aws:PrincipalArn; Amazon S3 user guide, "Bucket policy
 * examples using condition keys", s3:TlsVersion: AWS requires TLS 1.2.
 */
function isNeverSent({ operator, key, values }: Condition): boolean {
  if (key === 'aws:principalarn') {
    const isPositive = /^(String|Arn)(Equals|Like)$/.test(operator);
    return isPositive && values.every((value) => /^arn:[^:]*:(iam|sts)::\d{12}:/.test(value));
  }
  const isMinimum = key === 's3:tlsversion' && operator === 'NumericLessThan';
  return isMinimum && values.every((value) => Number(value) <= 1.2);
}

const texts = z.union([z.string().transform((text) => [text]), z.array(z.string())]);

/** `Principal: "*"` is everyone. The statements of a trust policy have no resource. Elements that are not listed here, for example NotAction, are not understood. */
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([
    z.literal('*').transform((): Record<string, string[]> => ({ AWS: ['*'] })),
    z.record(z.string(), texts),
  ]),
  Action: texts,
  Resource: texts.default(['*']),
  Condition: z
    .record(
      z.string(),
      z.record(
        z.string(),
        z.union([texts, z.union([z.boolean(), z.number()]).transform((value) => [String(value)])]),
      ),
    )
    .default({}),
});
