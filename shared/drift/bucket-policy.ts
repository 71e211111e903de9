import * as z from 'zod';
import type { Trail } from '#trail/trail-arn.ts';
import type { Settings } from './settings-schema.ts';

/** The settings that a bucket policy has to match. */
export type LogBucket = Pick<Settings, 'S3BucketName' | 'S3KeyPrefix' | 'IsOrganizationTrail'> & {
  /** The account that owns the bucket; null if unknown. */
  readonly owner: string | null;
};

/**
 * Whether a bucket policy lets CloudTrail deliver the log files of a trail, and allows nothing to anyone outside the accounts of the
 * trail and the bucket. It does not evaluate policies as IAM does: statements that it does not understand do not count as safe.
 * Source: CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail".
 */
export function keepsDelivery(policy: unknown, trail: Trail, logBucket: LogBucket): boolean {
  const statements = document.safeParse(policy).data?.Statement ?? [];
  const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
  const bucket = `arn:${trail.partition}:s3:::${logBucket.S3BucketName}`;
  const allows = (action: string, resource: string): boolean =>
    allowed.some(
      (statement) =>
        isForCloudTrail(statement) &&
        isAny(statement.Action, action) &&
        isAny(statement.Resource, resource) &&
        conditionsOf(statement).every((condition) => isMet(condition, trail)),
    );
  const organization = organizationIn(allowed);
  return (
    allows('s3:GetBucketAcl', bucket) &&
    objectsOf(trail, logBucket, organization).every((key) =>
      allows('s3:PutObject', `${bucket}/${key}`),
    ) &&
    allowed.every((statement) => isInside(statement, trail, logBucket.owner)) &&
    statements.every(({ Effect, ...rest }) => Effect === 'Allow' || isForOthers(rest))
  );
}

/** An object in each folder that CloudTrail writes to. */
function objectsOf(
  { accountId, region }: Trail,
  { S3KeyPrefix: prefix, IsOrganizationTrail: isOfOrganization }: LogBucket,
  organization: string,
): readonly string[] {
  const top = `${prefix === null ? '' : `${prefix}/`}AWSLogs`;
  const accounts = [accountId, ...(isOfOrganization ? [`${organization}/${accountId}`] : [])];
  return accounts.flatMap((account) =>
    ['CloudTrail', 'CloudTrail-Digest', 'CloudTrail-Insight'].map(
      (folder) => `${top}/${account}/${folder}/${region}/2026/01/01/log.json.gz`,
    ),
  );
}

/** The organization whose path a policy names. With a wrong organization delivery fails, which CloudTrail reports. */
const organizationIn = (statements: readonly Statement[]): string =>
  /\/AWSLogs\/(o-[a-z0-9]{10,32})\//.exec(
    statements.flatMap(({ Resource }) => Resource).join(' '),
  )?.[1] ?? 'o-0000000000';

type Statement = z.infer<typeof statement>;

const isForCloudTrail = ({ Principal }: Pick<Statement, 'Principal'>): boolean =>
  (Principal.Service ?? []).includes('cloudtrail.amazonaws.com');

/** Whether every principal of a statement is an AWS service, or belongs to the account of the trail or the bucket. */
const isInside = (
  { Principal }: Statement,
  { partition, accountId }: Trail,
  owner: string | null,
): boolean =>
  Object.keys(Principal).every((type) => type === 'Service' || type === 'AWS') &&
  (Principal.AWS ?? []).every((principal) =>
    [accountId, owner].some(
      (account) =>
        account !== null &&
        (principal === account || principal.startsWith(`arn:${partition}:iam::${account}:`)),
    ),
  );

/** Whether a denial cannot concern CloudTrail: it names other principals or actions, or unencrypted calls. */
function isForOthers(statement: Omit<Statement, 'Effect'>): boolean {
  const { Principal, Action } = statement;
  const isOfAccounts = Object.keys(Principal).join() === 'AWS' && !Principal.AWS?.includes('*');
  const isOfOtherActions = !isAny(Action, 's3:PutObject') && !isAny(Action, 's3:GetBucketAcl');
  return isOfAccounts || isOfOtherActions || conditionsOf(statement).some(isUnencrypted);
}

type Condition = {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
};

const conditionsOf = ({ Condition }: Pick<Statement, 'Condition'>): readonly Condition[] =>
  Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({ operator, key: key.toLowerCase(), values })),
  );

const isUnencrypted = ({ operator, key, values }: Condition): boolean =>
  operator === 'Bool' && key === 'aws:securetransport' && values.join() === 'false';

/** Whether CloudTrail's requests for a trail meet a condition. Knows the conditions that AWS's documentation asks for. */
function isMet({ operator, key, values }: Condition, { arn, accountId }: Trail): boolean {
  const sent = sentByCloudTrail(key, arn, accountId);
  if (sent === null) return false;
  if (operator === 'StringEquals') return values.includes(sent);
  return /^(String|Arn)Like$|^ArnEquals$/.test(operator) && isAny(values, sent);
}

function sentByCloudTrail(key: string, arn: string, accountId: string): string | null {
  switch (key) {
    case 's3:x-amz-acl':
      return 'bucket-owner-full-control';
    case 'aws:sourcearn':
      return arn;
    case 'aws:sourceaccount':
      return accountId;
    default:
      return null;
  }
}

/** Whether a value matches a policy pattern, in which `*` is any text and `?` one character. */
const isAny = (patterns: readonly string[], value: string): boolean =>
  patterns.some((pattern) => fits(pattern, value));

/** Without regular expressions, because the author of the policy would control how long they run. */
function fits(pattern: string, value: string): boolean {
  let [p, v, star, mark] = [0, 0, -1, 0];
  while (v < value.length) {
    if (pattern[p] === '*') [star, mark, p] = [p, v, p + 1];
    else if (pattern[p] === '?' || pattern[p] === value[v]) [p, v] = [p + 1, v + 1];
    else if (star >= 0) [p, mark, v] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  return /^\**$/.test(pattern.slice(p));
}

const texts = z.union([z.string().transform((text) => [text]), z.array(z.string())]);

/** `Principal: "*"` is everyone. Elements that are not listed here, for example NotAction, are not understood. */
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([
    z.literal('*').transform((): Record<string, string[]> => ({ AWS: ['*'] })),
    z.record(z.string(), texts),
  ]),
  Action: texts,
  Resource: texts,
  Condition: z
    .record(
      z.string(),
      z.record(z.string(), z.union([texts, z.boolean().transform((value) => [String(value)])])),
    )
    .default({}),
});

const document = z.object({
  Statement: z.union([z.array(statement), statement.transform((one) => [one])]),
});
