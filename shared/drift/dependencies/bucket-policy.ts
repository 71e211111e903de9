import * as z from 'zod';
import type { DesiredTrail } from '../history-model.ts';
import type { Settings } from '../settings-table.ts';

/** The settings that a bucket policy has to match. */
export type LogBucket = Pick<Settings, 'S3BucketName' | 'S3KeyPrefix' | 'IsOrganizationTrail'> & {
  /** The account that owns the bucket; null if unknown. */
  readonly owner: string | null;
};

/**
 * Whether a bucket policy lets CloudTrail deliver the log files of a trail, and allows nothing to anyone outside the organization and
 * the accounts of the trail and the bucket. It does not evaluate policies as IAM does: statements that it does not understand do not
 * count as safe. Sources: CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail"; AWS Control Tower user guide, "Amazon S3
 * bucket policy in the audit account".
 */
export function keepsDelivery(
  policy: unknown,
  protectedTrail: DesiredTrail,
  bucket: LogBucket,
): boolean {
  const statements = document.safeParse(policy).data?.Statement ?? [];
  const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
  const denied = statements.filter(({ Effect }) => Effect === 'Deny');
  return (
    requestsFor(protectedTrail, bucket).every(
      (request) =>
        allowed.some((statement) => allows(statement, request)) &&
        !denied.some((statement) => mayDeny(statement, request)),
    ) && allowed.every((statement) => isInside(statement, protectedTrail, bucket.owner))
  );
}

type Statement = z.infer<typeof statement>;

/** A request of CloudTrail, with the condition keys that it is known to send, in lower case. */
type Request = {
  readonly action: string;
  readonly resource: string;
  readonly keys: Readonly<Record<string, string>>;
};

/** Reads the ACL of the bucket, and writes an object to each folder that CloudTrail writes to. */
function requestsFor(
  { trail, organization }: DesiredTrail,
  { S3BucketName, S3KeyPrefix: prefix, IsOrganizationTrail: isOfOrganization }: LogBucket,
): readonly Request[] {
  const { arn, accountId, region } = trail;
  const resource = `arn:${trail.partition}:s3:::${S3BucketName}`;
  const top = `${resource}/${prefix === null ? '' : `${prefix}/`}AWSLogs`;
  const accounts = [accountId, ...(isOfOrganization ? [`${organization}/${accountId}`] : [])];
  const keys = {
    'aws:sourcearn': arn,
    'aws:sourceaccount': accountId,
    ...(organization !== null && { 'aws:sourceorgid': organization }),
    'aws:securetransport': 'true',
    'aws:principalisawsservice': 'true',
  };
  const write = {
    action: 's3:PutObject',
    keys: { ...keys, 's3:x-amz-acl': 'bucket-owner-full-control' },
  };
  return [
    { action: 's3:GetBucketAcl', resource, keys },
    ...accounts.flatMap((account) =>
      ['CloudTrail', 'CloudTrail-Digest', 'CloudTrail-Insight'].map((folder) => ({
        ...write,
        resource: `${top}/${account}/${folder}/${region}/2026/01/01/log.json.gz`,
      })),
    ),
  ];
}

const isAbout = ({ Action, Resource }: Statement, { action, resource }: Request): boolean =>
  isAny(Action, action) && isAny(Resource, resource);

const allows = (statement: Statement, request: Request): boolean =>
  isAbout(statement, request) &&
  (statement.Principal.Service ?? []).includes('cloudtrail.amazonaws.com') &&
  conditionsOf(statement).every((condition) => isMet(condition, request) === true);

/** False if it names other principals, actions or resources, or has a condition that the request does not meet. */
function mayDeny(statement: Statement, request: Request): boolean {
  const { Principal } = statement;
  const isOfAccounts = Object.keys(Principal).join() === 'AWS' && !Principal.AWS?.includes('*');
  return (
    isAbout(statement, request) &&
    !isOfAccounts &&
    conditionsOf(statement).every((condition) => isMet(condition, request) !== false)
  );
}

/**
 * Whether every principal of a statement is an AWS service or belongs to the account of the trail or the bucket, or a condition lets
 * in only such callers and those of the organization.
 */
function isInside(
  statement: Statement,
  { trail: { partition, accountId }, organization }: DesiredTrail,
  owner: string | null,
): boolean {
  const { Principal } = statement;
  const accounts = [accountId, owner].filter((account) => account !== null);
  const areInside =
    Object.keys(Principal).every((type) => type === 'Service' || type === 'AWS') &&
    (Principal.AWS ?? []).every((principal) =>
      accounts.some(
        (account) =>
          principal === account || principal.startsWith(`arn:${partition}:iam::${account}:`),
      ),
    );
  const closed = conditionsOf(statement).some(
    ({ operator, key, values }) =>
      /^(ForAnyValue:)?String(Equals|Like)$/.test(operator) &&
      values.every((value) => isInsider(key, value, { organization, accounts })),
  );
  return areInside || closed;
}

/** Whether a value of a condition key stands only for callers of the organization or of the accounts. */
function isInsider(
  key: string,
  value: string,
  {
    organization,
    accounts,
  }: { readonly organization: string | null; readonly accounts: readonly string[] },
): boolean {
  switch (key) {
    case 'aws:principalorgid':
    case 'aws:sourceorgid':
      return value === organization;
    case 'aws:principalorgpaths':
    case 'aws:sourceorgpaths':
      return organization !== null && value.startsWith(`${organization}/`);
    case 'aws:principalaccount':
    case 'aws:sourceaccount':
      return accounts.includes(value);
    default:
      return false;
  }
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

/** Whether a request meets a condition; null if that is not known. */
function isMet({ operator, key, values }: Condition, { keys }: Request): boolean | null {
  const sent = keys[key];
  if (sent === undefined) return null;
  switch (operator.replace(/IfExists$/, '')) {
    case 'StringEquals':
    case 'Bool':
      return values.includes(sent);
    case 'StringNotEquals':
      return !values.includes(sent);
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return isAny(values, sent);
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
