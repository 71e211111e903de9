import type { Trail } from '#trail/trail-arn.ts';
import type { DesiredTrail } from '../history-model.ts';
import type { Settings } from '../settings-table.ts';
import { statementsIn } from './policy-document.ts';
import {
  allows,
  conditionsOf,
  mayDeny,
  type Request,
  readStatement,
  type Statement,
  sentKeys,
} from './statement-evaluation.ts';

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
  const understood = statementsIn(policy).map(readStatement);
  const statements = understood.filter((statement) => statement !== null);
  const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
  const denied = statements.filter(({ Effect }) => Effect === 'Deny');
  return (
    statements.length === understood.length &&
    requestsFor(protectedTrail, bucket).every(
      (request) =>
        allowed.some((statement) => allows(statement, request)) &&
        !denied.some((statement) => mayDeny(statement, request)),
    ) &&
    allowed.every((statement) => isInside(statement, protectedTrail, bucket.owner))
  );
}

/** What is known of a trail whose files CloudTrail delivers: without settings, any prefix; the policy names the organization, if any. */
type Delivering = {
  readonly trail: Trail;
  readonly settings?: Pick<Settings, 'S3KeyPrefix' | 'IsOrganizationTrail'>;
  readonly policy: string;
};

/** The requests of CloudTrail as patterns: it reads the ACL of the bucket, and writes objects for any account, Region and day. */
export function deliveriesTo(
  bucket: string,
  { trail, settings, policy }: Delivering,
): readonly Request[] {
  const resource = `arn:${trail.partition}:s3:::${bucket}`;
  const organization = /AWSLogs\/(o-[a-z0-9]{10,32})\//.exec(policy)?.[1] ?? null;
  const keys = sentKeys(trail, organization);
  const prefix = settings?.S3KeyPrefix ? `${settings.S3KeyPrefix}/` : '';
  const account = settings?.IsOrganizationTrail === false ? `${trail.accountId}/` : '';
  const written = settings === undefined ? '*' : `${prefix}AWSLogs/${account}*`;
  return [
    { action: 's3:GetBucketAcl', resource, keys },
    { ...writing(keys), resource: `${resource}/${written}` },
  ];
}

const writing = (keys: Request['keys']) => ({
  action: 's3:PutObject',
  keys: { ...keys, 's3:x-amz-acl': 'bucket-owner-full-control' },
});

/** Reads the ACL of the bucket, and writes an object to each folder that CloudTrail writes to. */
function requestsFor(
  { trail, organization }: DesiredTrail,
  { S3BucketName, S3KeyPrefix: prefix, IsOrganizationTrail: isOfOrganization }: LogBucket,
): readonly Request[] {
  const { accountId, region } = trail;
  const resource = `arn:${trail.partition}:s3:::${S3BucketName}`;
  const top = `${resource}/${prefix === null ? '' : `${prefix}/`}AWSLogs`;
  const accounts = [accountId, ...(isOfOrganization ? [`${organization}/${accountId}`] : [])];
  const keys = sentKeys(trail, organization);
  const write = writing(keys);
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
  const accounts = [accountId, owner];
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
  }: { readonly organization: string | null; readonly accounts: readonly (string | null)[] },
): boolean {
  switch (key) {
    case 'aws:principalorgid':
    case 'aws:sourceorgid':
      return value === organization;
    case 'aws:principalorgpaths':
    case 'aws:sourceorgpaths':
      return value.startsWith(`${organization}/`);
    case 'aws:principalaccount':
    case 'aws:sourceaccount':
      return accounts.includes(value);
    default:
      return false;
  }
}
