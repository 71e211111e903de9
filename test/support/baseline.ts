import type { Baseline } from '#baseline/baseline.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';

export const trail = parseTrailArn('arn:aws:cloudtrail:eu-central-1:111122223333:trail/main');

export const organization = 'o-a1b2c3d4e5';

/** The time at which these tests run. */
export const now = new Date('2026-11-22T12:00:00Z');

/** Settings of a trail that uses all CloudTrail features. */
export const settings = {
  S3BucketName: 'the-logs',
  S3KeyPrefix: 'org',
  SnsTopicARN: 'arn:aws:sns:eu-central-1:111122223333:deliveries',
  IncludeGlobalServiceEvents: true,
  IsMultiRegionTrail: true,
  LogFileValidationEnabled: true,
  CloudWatchLogsLogGroupArn: 'arn:aws:logs:eu-central-1:111122223333:log-group:trail:*',
  CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/logs',
  KmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001',
  IsOrganizationTrail: true,
  RecursiveLogging: false,
};

/** A statement of a resource policy that allows something to CloudTrail, and one that denies it to everyone for other trails. */
function forCloudTrail(Action: string, Resource: string) {
  return {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action,
    Resource,
    Condition: { StringEquals: { 'aws:SourceArn': trail.arn } },
  };
}

function notFromElsewhere(Action: string, Resource: string) {
  return {
    Effect: 'Deny',
    Principal: '*',
    Action,
    Resource,
    Condition: { StringNotEqualsIfExists: { 'aws:SourceArn': [trail.arn, 'another'] } },
  };
}

/** A state of each kind that differs from the default of a trail. */
export const states = {
  organization: {
    TrustedAccess: true,
    DelegatedAdministrators: ['222233334444'],
    ServiceLinkedRole: 'there',
  },
  settings,
  logging: { IsLogging: true },
  'event-selectors': {
    EventSelectors: null,
    AdvancedEventSelectors: [
      {
        Name: null,
        FieldSelectors: [
          { Equals: ['AWS::S3::Object'], Field: 'resources.type' },
          { Equals: ['Data'], Field: 'eventCategory' },
        ],
      },
      { Name: 'all', FieldSelectors: [{ Equals: ['Management'], Field: 'eventCategory' }] },
    ],
  },
  'insight-selectors': {
    InsightSelectors: [{ EventCategories: ['Management'], InsightType: 'ApiCallRateInsight' }],
  },
  aggregation: {
    AggregationConfigurations: [{ EventCategory: 'Data', Templates: ['API_ACTIVITY'] }],
  },
  tags: { TagsList: [{ Key: 'owner', Value: 'security' }] },
  delivery: {
    LatestDeliveryError: null,
    LatestDigestDeliveryError: null,
    LatestCloudWatchLogsDeliveryError: null,
    LatestNotificationError: null,
    NotDeliveredSince: null,
  },
  bucket: {
    Region: 'eu-central-1',
    Owner: '222233334444',
    CloudTrailStatements: [
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: ['s3:GetBucketAcl', 's3:PutObject'],
        Resource: ['arn:aws:s3:::the-logs', 'arn:aws:s3:::the-logs/org/AWSLogs/*'],
      },
    ],
    Denials: [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:PutObject',
        Resource: 'arn:aws:s3:::the-logs/*',
        Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
      },
    ],
    OtherStatements: [
      {
        Effect: 'Allow',
        Principal: { AWS: '111122223333' },
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::the-logs',
      },
    ],
    PublicAccessBlock: {
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
    OwnershipControls: 'BucketOwnerEnforced',
    Versioning: 'Enabled',
    MfaDelete: 'Disabled',
    Lifecycle: {
      Rules: [
        {
          ID: 'archive',
          Status: 'Enabled',
          Filter: { Prefix: '' },
          Transitions: [{ Days: 90, StorageClass: 'GLACIER' }],
        },
      ],
      TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K',
    },
    ObjectLock: {
      IsEnabled: true,
      Rules: [{ DefaultRetention: { Mode: 'GOVERNANCE', Days: 365 } }],
    },
    Replication: {
      Role: 'arn:aws:iam::222233334444:role/replication',
      Rules: [
        {
          ID: 'copy',
          Status: 'Enabled',
          Destination: { Bucket: 'arn:aws:s3:::the-copy', StorageClass: 'STANDARD' },
        },
      ],
    },
    Encryption: [
      { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false },
    ],
    RequestPayment: 'BucketOwner',
    Acl: {
      Owner: '222233334444',
      Grants: [
        { Grantee: { Type: 'CanonicalUser', ID: '222233334444' }, Permission: 'FULL_CONTROL' },
      ],
    },
    Logging: [{ TargetBucket: 'the-requests', TargetPrefix: '' }],
    Notifications: {
      TopicConfigurations: [
        {
          Id: 'new-files',
          TopicArn: 'arn:aws:sns:us-east-1:222233334444:new-files',
          Events: ['s3:ObjectCreated:*'],
        },
      ],
      QueueConfigurations: [],
      LambdaFunctionConfigurations: [],
      EventBridge: true,
    },
  },
  key: {
    KeyState: 'Enabled',
    RotationPeriodInDays: 365,
    CloudTrailStatements: [forCloudTrail('kms:GenerateDataKey*', '*')],
    Denials: [notFromElsewhere('kms:*', '*')],
    OtherStatements: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  },
  topic: {
    Existence: 'there',
    KmsMasterKeyId: 'alias/topics',
    Tags: [{ Key: 'owner', Value: 'security' }],
    Subscriptions: ['email security@example.com'],
    CloudTrailStatements: [forCloudTrail('SNS:Publish', settings.SnsTopicARN)],
    Denials: [notFromElsewhere('SNS:Publish', settings.SnsTopicARN)],
    OtherStatements: [],
  },
  'log-group': {
    Existence: 'there',
    LogGroupClass: 'STANDARD',
    RetentionInDays: 365,
    KmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000002',
    Tags: [{ Key: 'owner', Value: 'security' }],
    DataProtection: 'none',
    MetricFilters: [
      {
        filterName: 'root',
        filterPattern: '{ $.userIdentity.type = "Root" }',
        metricTransformations: [
          { metricName: 'RootUse', metricNamespace: 'Trail', metricValue: '1', defaultValue: 0 },
        ],
      },
    ],
    SubscriptionFilters: [
      {
        filterName: 'siem',
        filterPattern: '',
        destinationArn: 'arn:aws:lambda:eu-central-1:111122223333:function:siem',
        distribution: 'ByLogStream' as const,
      },
    ],
  },
  'log-role': {
    Existence: 'there',
    CloudTrailStatements: [
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    ],
    Denials: [
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sts:AssumeRole',
        Condition: { StringNotEquals: { 'aws:SourceAccount': '111122223333' } },
      },
    ],
    OtherStatements: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:role/replay' },
        Action: 'sts:AssumeRole',
      },
    ],
    InlinePolicies: [
      {
        PolicyName: 'deliver',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              Resource:
                'arn:aws:logs:eu-central-1:111122223333:log-group:trail:log-stream:111122223333_CloudTrail_eu-central-1*',
            },
          ],
        },
      },
    ],
    AttachedPolicies: ['arn:aws:iam::111122223333:policy/org-streams'],
    PermissionsBoundary: 'arn:aws:iam::111122223333:policy/Trailkeeper-LogDelivery',
  },
  alarms: {
    Alarms: [
      {
        AlarmArn: 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:root',
        ActionsEnabled: true,
        AlarmActions: ['arn:aws:sns:eu-central-1:111122223333:security'],
        MetricName: 'RootUse',
        Namespace: 'Trail',
        Statistic: 'Sum',
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      },
    ],
  },
};

/** A baseline with every kind. */
export const baseline = {
  schema: 1,
  trail: trail.arn,
  version: 7,
  previous: 'f'.repeat(64),
  capturedAt: '2026-11-22T10:00:00Z',
  capturedBy: 'arn:aws:iam::111122223333:user/alice',
  reason: 'first capture',
  states,
  policy: {},
} satisfies Baseline;

/** The baseline's document with the values at some paths replaced; `undefined` removes a field. */
export function documentWith(edits: Readonly<Record<string, unknown>>): string {
  const edited: object = structuredClone(baseline);
  for (const [path, value] of Object.entries(edits)) {
    const keys = path.split('.');
    const last = keys.pop() ?? path;
    const parent = keys.reduce((at: object, key) => Reflect.get(at, key), edited);
    Object.defineProperty(parent, last, { value, enumerable: true, configurable: true });
  }
  return JSON.stringify(edited);
}
