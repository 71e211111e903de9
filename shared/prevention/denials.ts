import { names } from '#aws/resource-names.ts';
import type { ProtectedLog, ProtectedResource } from './protected-log.ts';

/** Calls that no one but the exceptions should make, on the resources with these ARNs. */
export type Denial = {
  /** The statement ID. */
  readonly id: string;
  /** What it keeps as it is, for people. */
  readonly keeps: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
};

/**
 * The calls that weaken a trail's log or what reports that. Source of the actions and of the form of their resources: Service
 * Authorization Reference.
 */
export function denialsFor(log: ProtectedLog): readonly Denial[] {
  const { partition, account, logFiles } = log;
  const inEachAccount = (service: string, resource: string): string =>
    `arn:${partition}:${service}:*:*:${resource}`;
  const role = (name: string): string => `arn:${partition}:iam::*:role/${name}`;
  return [
    {
      id: 'Trails',
      keeps: `the trails of account ${account}, which delegated administrators may change`,
      actions: trailActions,
      resources: [`arn:${partition}:cloudtrail:*:${account}:trail/*`],
    },
    {
      id: 'LogFiles',
      keeps: 'log files and digest files, once CloudTrail has written them',
      actions: objectActions,
      resources: logFiles,
    },
    ...Object.entries(dependencies).map(([kind, { id, keeps, actions, resourcesOf }]) => ({
      ...{ id, keeps, actions },
      resources: log.resources.filter((one) => one.kind === kind).flatMap(resourcesOf),
    })),
    {
      id: 'Trailkeeper',
      keeps: 'the roles of trailkeeper in member accounts',
      actions: roleActions,
      resources: [role(`${names.stack}-*`)],
    },
    {
      id: 'Forwarders',
      keeps: 'the rules that forward events of member accounts to trailkeeper',
      actions: ruleActions,
      resources: [inEachAccount('events', `rule/${names.stack}*`)],
    },
    {
      id: 'CloudTrailRole',
      keeps: 'the service-linked role of CloudTrail in member accounts',
      actions: ['iam:DeleteServiceLinkedRole'],
      resources: [role('aws-service-role/cloudtrail.amazonaws.com/*')],
    },
    {
      id: 'Organization',
      keeps: 'member accounts in the organization, whose trail records them',
      actions: ['organizations:LeaveOrganization'],
      resources: ['*'],
    },
  ].filter(({ resources }) => resources.length > 0);
}

type DenialOfKind = Omit<Denial, 'resources'> & {
  readonly resourcesOf: (one: ProtectedResource) => readonly string[];
};

const trailActions = [
  'cloudtrail:AddTags',
  'cloudtrail:DeleteTrail',
  'cloudtrail:PutEventConfiguration',
  'cloudtrail:PutEventSelectors',
  'cloudtrail:PutInsightSelectors',
  'cloudtrail:RemoveTags',
  'cloudtrail:StopLogging',
  'cloudtrail:UpdateTrail',
];

const objectActions = [
  's3:BypassGovernanceRetention',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:PutObject',
  's3:PutObjectAcl',
  's3:PutObjectLegalHold',
  's3:PutObjectRetention',
  's3:PutObjectVersionAcl',
];

const roleActions = [
  'iam:AttachRolePolicy',
  'iam:CreateRole',
  'iam:DeleteRole',
  'iam:DeleteRolePermissionsBoundary',
  'iam:DeleteRolePolicy',
  'iam:DetachRolePolicy',
  'iam:PutRolePermissionsBoundary',
  'iam:PutRolePolicy',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateRole',
];

const ruleActions = [
  'events:DeleteRule',
  'events:DisableRule',
  'events:PutRule',
  'events:PutTargets',
  'events:RemoveTargets',
];

const itself = ({ arn }: ProtectedResource): readonly string[] => [arn];

const dependencies: Readonly<Record<ProtectedResource['kind'], DenialOfKind>> = {
  bucket: {
    id: 'LogBucket',
    keeps: 'the log bucket, its policy and its configuration',
    actions: [
      's3:DeleteBucket',
      's3:DeleteBucketPolicy',
      's3:PutBucketAcl',
      's3:PutBucketLogging',
      's3:PutBucketNotification',
      's3:PutBucketObjectLockConfiguration',
      's3:PutBucketOwnershipControls',
      's3:PutBucketPolicy',
      's3:PutBucketPublicAccessBlock',
      's3:PutBucketRequestPayment',
      's3:PutBucketVersioning',
      's3:PutEncryptionConfiguration',
      's3:PutLifecycleConfiguration',
      's3:PutReplicationConfiguration',
    ],
    resourcesOf: itself,
  },
  key: {
    id: 'LogKey',
    keeps: 'the KMS key of the log and its policy',
    actions: [
      'kms:DeleteImportedKeyMaterial',
      'kms:DisableKey',
      'kms:DisableKeyRotation',
      'kms:PutKeyPolicy',
      'kms:ScheduleKeyDeletion',
      'kms:UpdatePrimaryRegion',
    ],
    resourcesOf: itself,
  },
  topic: {
    id: 'LogTopic',
    keeps: 'the topic to which CloudTrail announces log files',
    actions: [
      'sns:AddPermission',
      'sns:DeleteTopic',
      'sns:RemovePermission',
      'sns:SetTopicAttributes',
      'sns:TagResource',
      'sns:Unsubscribe',
      'sns:UntagResource',
    ],
    resourcesOf: itself,
  },
  'log-group': {
    id: 'LogGroup',
    keeps: 'the log group that CloudTrail delivers to, and its filters',
    actions: [
      'logs:AssociateKmsKey',
      'logs:DeleteDataProtectionPolicy',
      'logs:DeleteLogGroup',
      'logs:DeleteLogStream',
      'logs:DeleteMetricFilter',
      'logs:DeleteRetentionPolicy',
      'logs:DeleteSubscriptionFilter',
      'logs:DisassociateKmsKey',
      'logs:PutDataProtectionPolicy',
      'logs:PutMetricFilter',
      'logs:PutRetentionPolicy',
      'logs:PutSubscriptionFilter',
    ],
    resourcesOf: ({ arn }) => [arn, `${arn}:*`],
  },
  'log-role': {
    id: 'LogRole',
    keeps: 'the role with which CloudTrail writes to the log group',
    actions: roleActions,
    resourcesOf: itself,
  },
  alarms: {
    id: 'LogAlarms',
    keeps: 'the alarms on what the metric filters of the log group count',
    actions: [
      'cloudwatch:DeleteAlarms',
      'cloudwatch:DisableAlarmActions',
      'cloudwatch:PutMetricAlarm',
      'cloudwatch:SetAlarmState',
    ],
    // A name may have characters that are wildcards in a policy. Source: IAM user guide, "Policy variables", "Special characters".
    resourcesOf: ({ arn }) => [arn.replaceAll(/[*?$]/g, (character) => `\${${character}}`)],
  },
};
