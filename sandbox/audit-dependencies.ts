import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  DescribeSubscriptionFiltersCommand,
  ListTagsForResourceCommand as ListLogTagsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import {
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';

/** What a trail depends on, by name or ARN, and a client of the account of each. */
export type Dependencies = {
  readonly bucket: { readonly s3: S3Client; readonly name: string };
  readonly key: { readonly kms: KMSClient; readonly arn: string };
  readonly topic: { readonly sns: SNSClient; readonly arn: string };
  readonly logGroup?: { readonly logs: CloudWatchLogsClient; readonly name: string };
  readonly logRole?: { readonly iam: IAMClient; readonly name: string };
  /** A client of the account whose alarms are read. */
  readonly alarms?: CloudWatchClient;
};

/** Everything that an auditor can read of what a trail depends on, or the error name of what does not exist. */
export const auditDependencies = async (of: Dependencies): Promise<object> => ({
  bucket: {
    policy: await policyOf(of.bucket),
    ...(await auditBucket(of.bucket.s3, of.bucket.name)),
  },
  key: await auditKey(of.key),
  topic: await auditTopic(of.topic),
  ...(of.logGroup && { logGroup: await auditLogGroup(of.logGroup) }),
  ...(of.logRole && { logRole: await auditLogRole(of.logRole) }),
  ...(of.alarms && { alarms: await auditAlarms(of.alarms) }),
});

const policyOf = ({ s3, name: Bucket }: Dependencies['bucket']): Promise<unknown> =>
  answerOf(s3.send(new GetBucketPolicyCommand({ Bucket })), ({ Policy }) => statementsIn(Policy));

/** The configuration of a bucket without its policy. */
export async function auditBucket(s3: S3Client, Bucket: string): Promise<object> {
  const named = { Bucket };
  const reads = {
    publicAccess: s3.send(new GetPublicAccessBlockCommand(named)),
    ownership: s3.send(new GetBucketOwnershipControlsCommand(named)),
    acl: s3.send(new GetBucketAclCommand(named)),
    versioning: s3.send(new GetBucketVersioningCommand(named)),
    lifecycle: s3.send(new GetBucketLifecycleConfigurationCommand(named)),
    objectLock: s3.send(new GetObjectLockConfigurationCommand(named)),
    replication: s3.send(new GetBucketReplicationCommand(named)),
    encryption: s3.send(new GetBucketEncryptionCommand(named)),
    payer: s3.send(new GetBucketRequestPaymentCommand(named)),
    logging: s3.send(new GetBucketLoggingCommand(named)),
    notifications: s3.send(new GetBucketNotificationConfigurationCommand(named)),
  };
  const found = Object.entries(reads).map(async ([name, read]) => [
    name,
    await answerOf<object>(read, (answer) => ({ ...answer, $metadata: undefined })),
  ]);
  return Object.fromEntries(await Promise.all(found));
}

export const auditKey = async ({ kms, arn: KeyId }: Dependencies['key']): Promise<object> => ({
  state: await answerOf(
    kms.send(new DescribeKeyCommand({ KeyId })),
    ({ KeyMetadata }) => KeyMetadata?.KeyState,
  ),
  policy: await answerOf(
    kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' })),
    ({ Policy }) => statementsIn(Policy),
  ),
  rotation: await answerOf(
    kms.send(new GetKeyRotationStatusCommand({ KeyId })),
    ({ RotationPeriodInDays }) => RotationPeriodInDays,
  ),
});

export const auditTopic = async ({ sns, arn }: Dependencies['topic']): Promise<object> => ({
  attributes: await answerOf(
    sns.send(new GetTopicAttributesCommand({ TopicArn: arn })),
    ({ Attributes = {} }) => ({ ...Attributes, Policy: statementsIn(Attributes.Policy) }),
  ),
  tags: await answerOf(
    sns.send(new ListTagsForResourceCommand({ ResourceArn: arn })),
    ({ Tags }) => Tags,
  ),
});

export async function auditLogGroup({
  logs,
  name: logGroupName,
}: NonNullable<Dependencies['logGroup']>): Promise<object | null> {
  const { logGroups = [] } = await logs.send(
    new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }),
  );
  const found = logGroups.find((one) => one.logGroupName === logGroupName);
  if (found === undefined) return null;
  const { tags } = await logs.send(new ListLogTagsCommand({ resourceArn: found.logGroupArn }));
  const { metricFilters = [] } = await logs.send(
    new DescribeMetricFiltersCommand({ logGroupName }),
  );
  const { subscriptionFilters = [] } = await logs.send(
    new DescribeSubscriptionFiltersCommand({ logGroupName }),
  );
  return {
    ...withoutTime(found),
    tags,
    metrics: metricFilters.map(withoutTime),
    subscriptions: subscriptionFilters.map(withoutTime),
  };
}

const withoutTime = (one: object) => ({ ...one, creationTime: undefined });

export async function auditLogRole({
  iam,
  name: RoleName,
}: NonNullable<Dependencies['logRole']>): Promise<unknown> {
  return answerOf(readRole(), (role) => role);

  async function readRole(): Promise<object> {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const inline = PolicyNames.map(async (PolicyName) => {
      const policy = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return [PolicyName, statementsIn(decodeURIComponent(policy.PolicyDocument ?? ''))];
    });
    const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    return {
      ...Role,
      AssumeRolePolicyDocument: statementsIn(
        decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''),
      ),
      inline: await Promise.all(inline),
      attached: attached.AttachedPolicies?.map(({ PolicyArn }) => PolicyArn).toSorted(),
    };
  }
}

/** Every metric alarm of the account. */
export const auditAlarms = async (cloudwatch: CloudWatchClient): Promise<unknown> =>
  (await cloudwatch.send(new DescribeAlarmsCommand({}))).MetricAlarms;

/** What an answer says, or the error name of what does not exist. */
async function answerOf<Answer>(
  asked: Promise<Answer>,
  says: (answer: Answer) => unknown,
): Promise<unknown> {
  try {
    return says(await asked);
  } catch (error) {
    if (error instanceof Error && /NoSuch|NotFound/.test(error.name)) return error.name;
    throw error;
  }
}

/** The statements of a policy, as a set. */
const statementsIn = (policy: string | undefined): readonly string[] =>
  [(JSON.parse(policy ?? '{}') as { readonly Statement?: object }).Statement ?? []]
    .flat()
    .map((statement) => JSON.stringify(statement))
    .toSorted();
