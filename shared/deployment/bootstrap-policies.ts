import { partitions as all } from '#aws/partitions.ts';

/**
 * The IAM policies with which CloudFormation deploys trailkeeper. They allow to create, read, change and delete only resources of
 * trailkeeper, by name. There are two because a managed policy has at most 6,144 characters.
 */
export function bootstrapPolicies(partition: string): Readonly<Record<PolicyName, PolicyDocument>> {
  if (!partitions.includes(partition)) {
    throw new Error(`${partition} is not an AWS partition: use one of ${partitions.join(', ')}`);
  }
  return {
    'Trailkeeper-Deploy-Compute': documentOf(compute(partition)),
    'Trailkeeper-Deploy-Storage': documentOf(storage(partition)),
  };
}

export type PolicyName = 'Trailkeeper-Deploy-Compute' | 'Trailkeeper-Deploy-Storage';
export type PolicyDocument = {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
};
type Statement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
};

export const partitions: readonly string[] = all.map(({ name }) => name);

/** Roles, functions, rules, schedules and the state machine. */
function compute(partition: string): readonly Statement[] {
  const roles = [`arn:${partition}:iam::*:role/Trailkeeper-*`];
  const functions = [`arn:${partition}:lambda:*:*:function:Trailkeeper-*`];
  return [
    allow('BootstrapVersion', 'ssm', 'GetParameters', [
      `arn:${partition}:ssm:*:*:parameter/cdk-bootstrap/trailkeep/*`,
    ]),
    allow('Bundles', 's3', 'GetObject GetObjectVersion', [
      `arn:${partition}:s3:::cdk-trailkeep-assets-*/*`,
    ]),
    allow(
      'Roles',
      'iam',
      'CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole* ListAttachedRolePolicies ListRolePolicies PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole*',
      roles,
    ),
    allow('PassRoles', 'iam', 'PassRole', roles, {
      StringEquals: {
        'iam:PassedToService': [
          'events.amazonaws.com',
          'lambda.amazonaws.com',
          'scheduler.amazonaws.com',
          'states.amazonaws.com',
        ],
      },
    }),
    allow(
      'Functions',
      'lambda',
      'CreateFunction* DeleteFunction* GetFunction* GetPolicy GetRuntimeManagementConfig ListTags PutFunction* PutRuntimeManagementConfig RemovePermission TagResource UntagResource UpdateFunction*',
      functions,
    ),
    allow('InvokePermissions', 'lambda', 'AddPermission', functions, {
      StringEquals: { 'lambda:Principal': 'events.amazonaws.com' },
    }),
    // Slack's requests have no AWS credentials: only this function may have a public URL.
    allow(
      'UrlPermissions',
      'lambda',
      'AddPermission',
      [`arn:${partition}:lambda:*:*:function:Trailkeeper-Interact`],
      { StringEquals: { 'lambda:Principal': '*' } },
    ),
    allow('EventSourceMappings', 'lambda', '*EventSourceMapping', ['*'], {
      ArnLike: { 'lambda:FunctionArn': functions[0] as string },
    }),
    // Tagging a mapping has no condition key for its function.
    allow('EventSourceMappingTags', 'lambda', 'ListTags TagResource UntagResource', [
      `arn:${partition}:lambda:*:*:event-source-mapping:*`,
    ]),
    allow(
      'Events',
      'events',
      'CreateArchive CreateEventBus DeleteArchive DeleteEventBus DeleteRule Describe* DisableRule EnableRule ListTagsForResource ListTargetsByRule PutRule PutTargets RemoveTargets TagResource UntagResource UpdateArchive UpdateEventBus',
      [
        'archive/Trailkeeper-*',
        'event-bus/trailkeeper',
        'rule/Trailkeeper-*',
        'rule/trailkeeper/Trailkeeper-*',
      ].map((resource) => `arn:${partition}:events:*:*:${resource}`),
    ),
    // These actions have no narrower resource.
    allow('EventBusPolicies', 'events', 'PutPermission RemovePermission', ['*']),
    allow('Schedules', 'scheduler', 'CreateSchedule DeleteSchedule GetSchedule UpdateSchedule', [
      `arn:${partition}:scheduler:*:*:schedule/default/Trailkeeper-*`,
    ]),
    allow(
      'StateMachines',
      'states',
      'CreateStateMachine DeleteStateMachine DescribeStateMachine ListTagsForResource TagResource UntagResource UpdateStateMachine',
      [`arn:${partition}:states:*:*:stateMachine:Trailkeeper-*`],
    ),
  ];
}

/** Logs, table, queues, topics, alarms, secret and sentinel. */
function storage(partition: string): readonly Statement[] {
  const topics = [`arn:${partition}:sns:*:*:Trailkeeper-*`];
  return [
    allow(
      'Logs',
      'logs',
      '*RetentionPolicy CreateLogGroup DeleteLogGroup GetDataProtectionPolicy ListTagsForResource TagResource UntagResource',
      [`arn:${partition}:logs:*:*:log-group:Trailkeeper-*`],
    ),
    // These actions have no narrower resource.
    allow('AllLogs', 'logs', 'DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies', [
      '*',
    ]),
    allow(
      'Table',
      'dynamodb',
      '*ResourcePolicy CreateTable DeleteTable Describe* ListTagsOfResource TagResource UntagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive',
      [`arn:${partition}:dynamodb:*:*:table/Trailkeeper-*`],
    ),
    allow(
      'Queues',
      'sqs',
      'CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue UntagQueue',
      [`arn:${partition}:sqs:*:*:Trailkeeper-*`],
    ),
    allow(
      'Topics',
      'sns',
      '*SubscriptionAttributes *TopicAttributes CreateTopic DeleteTopic GetDataProtectionPolicy ListSubscriptionsByTopic ListTagsForResource TagResource Unsubscribe UntagResource',
      topics,
    ),
    allow('Subscribers', 'sns', 'Subscribe', topics, {
      StringEquals: { 'sns:Protocol': 'email' },
    }),
    allow(
      'Alarms',
      'cloudwatch',
      'DeleteAlarms DeleteDashboards DescribeAlarms GetDashboard ListTagsForResource PutDashboard PutMetricAlarm TagResource UntagResource',
      [
        `arn:${partition}:cloudwatch:*:*:alarm:Trailkeeper-*`,
        `arn:${partition}:cloudwatch::*:dashboard/Trailkeeper`,
      ],
    ),
    allow(
      'ChannelSecrets',
      'secretsmanager',
      'CreateSecret DeleteSecret DescribeSecret GetSecretValue TagResource UntagResource UpdateSecret',
      [`arn:${partition}:secretsmanager:*:*:secret:Trailkeeper-*`],
    ),
    allow(
      'Sentinel',
      'cloudtrail',
      'AddTags CreateTrail DeleteTrail Get* ListTags PutEventSelectors RemoveTags StartLogging StopLogging UpdateTrail',
      [`arn:${partition}:cloudtrail:*:*:trail/Trailkeeper-Sentinel`],
    ),
    allow('AllTrails', 'cloudtrail', 'DescribeTrails', ['*']),
    allow(
      'SentinelBucket',
      's3',
      'CreateBucket DeleteBucket DeleteBucketPolicy Get*Configuration GetBucket* ListBucket ListTagsForResource PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutLifecycleConfiguration',
      [`arn:${partition}:s3:::trailkeeper-sentinelbucket*`],
    ),
  ];
}

/** A statement for actions of one service, their names separated by spaces. */
const allow = (
  Sid: string,
  service: string,
  actions: string,
  Resource: readonly string[],
  Condition?: Statement['Condition'],
): Statement => ({
  Sid,
  Effect: 'Allow',
  Action: actions.split(' ').map((action) => `${service}:${action}`),
  Resource,
  ...(Condition && { Condition }),
});

const documentOf = (Statement: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement,
});
