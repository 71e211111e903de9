import {
  AssociateKmsKeyCommand,
  DeleteLogGroupCommand,
  DeleteMetricFilterCommand,
  DeleteRetentionPolicyCommand,
  DeleteSubscriptionFilterCommand,
  DisassociateKmsKeyCommand,
  PutDataProtectionPolicyCommand,
  PutMetricFilterCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { alarmAttacks } from '#sandbox/alarm-attacks.ts';
import { auditAlarms, auditLogGroup, auditLogRole } from '#sandbox/audit-dependencies.ts';
import type { Clients } from '#sandbox/clients.ts';
import { outsider, outsidersKey } from '#sandbox/seed.ts';

// The log group of the sandbox's trail, and the role that writes to it.

const logGroupName = 'org-trail';
export const group = { logGroupName };
export const resourceArn = `arn:aws:logs:us-east-1:111122223333:log-group:${logGroupName}`;
export const RoleName = 'org-trail-to-cloudwatch-logs';
export const PolicyName = 'deliver';
export const kmsKeyId =
  'arn:aws:kms:us-east-1:111122223333:key/1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';
export const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
export const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll';
export const siem = {
  ...group,
  filterName: 'siem',
  filterPattern: '',
  destinationArn: 'arn:aws:lambda:us-east-1:111122223333:function:siem',
};
const mayAssume = (Effect: string, Principal: object) => ({
  ...{ Effect, Principal },
  Action: 'sts:AssumeRole',
});
const cloudTrailMay = (Effect: string) =>
  mayAssume(Effect, { Service: 'cloudtrail.amazonaws.com' });
const trust = (...Statement: object[]) =>
  new UpdateAssumeRolePolicyCommand({
    RoleName,
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  });

/** What Mallory does, and how. */
type Attack = readonly [title: string, call: (clients: Clients) => Promise<unknown>];

const groupAttacks: readonly Attack[] = [
  ['deletes the log group', ({ logs }) => logs.send(new DeleteLogGroupCommand(group))],
  [
    'shortens its retention',
    ({ logs }) => logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 1 })),
  ],
  ['removes its retention', ({ logs }) => logs.send(new DeleteRetentionPolicyCommand(group))],
  ['takes its key away', ({ logs }) => logs.send(new DisassociateKmsKeyCommand(group))],
  [
    'gives it her own key',
    ({ logs }) => logs.send(new AssociateKmsKeyCommand({ ...group, kmsKeyId: outsidersKey })),
  ],
  [
    'deletes a metric filter',
    ({ logs }) => logs.send(new DeleteMetricFilterCommand({ ...group, filterName: 'root' })),
  ],
  [
    'deletes a subscription filter',
    ({ logs }) => logs.send(new DeleteSubscriptionFilterCommand({ ...group, filterName: 'siem' })),
  ],
  [
    'copies the log with a subscription filter',
    ({ logs }) => logs.send(new PutSubscriptionFilterCommand({ ...siem, filterName: 'copy' })),
  ],
  [
    'passes the log to her own stream instead of the SIEM',
    ({ logs }) =>
      logs.send(
        new PutSubscriptionFilterCommand({
          ...siem,
          destinationArn: `arn:aws:kinesis:us-east-1:${outsider.accountId}:stream/hers`,
          roleArn: 'arn:aws:iam::111122223333:role/hers',
        }),
      ),
  ],
];

export const tagAttack: Attack = [
  'changes its tags',
  ({ logs }) =>
    logs.send(new TagResourceCommand({ resourceArn, tags: { owner: 'mallory', team: 'red' } })),
];

const roleAttacks: readonly Attack[] = [
  ['lets CloudTrail no longer assume the role', ({ iam }) => iam.send(trust())],
  [
    'denies CloudTrail to assume the role',
    ({ iam }) => iam.send(trust(cloudTrailMay('Allow'), cloudTrailMay('Deny'))),
  ],
  [
    'deletes its inline policy',
    ({ iam }) => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })),
  ],
  [
    'detaches a managed policy',
    ({ iam }) => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: readOnly })),
  ],
  [
    'puts a boundary on the role that denies everything',
    ({ iam }) =>
      iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: denyAll })),
  ],
  [
    'removes the boundary of the role',
    ({ iam }) => iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName })),
  ],
  [
    'deletes the role',
    async ({ iam }) => {
      await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
      await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: readOnly }));
      await iam.send(new DeleteRoleCommand({ RoleName }));
    },
  ],
];

export const attacks: readonly Attack[] = [
  ...groupAttacks,
  ...alarmAttacks.map(({ title, call }): Attack => [title, (clients) => call(clients, '')]),
  ...roleAttacks,
];

/** Source: CloudWatch Logs user guide, "Understanding data protection policies". */
const addresses = ['arn:aws:dataprotection::aws:data-identifier/IpAddress'];
const maskingAddresses = JSON.stringify({
  ...{ Name: 'mask', Version: '2021-06-01' },
  Statement: [
    { DataIdentifier: addresses, Operation: { Audit: { FindingsDestination: {} } } },
    { DataIdentifier: addresses, Operation: { Deidentify: { MaskConfig: {} } } },
  ],
});

/** What is reported, and left to people, with a part of the alert. */
export const reported: readonly (readonly [...Attack, alert: string])[] = [
  [
    'masks addresses in the events of the log group',
    ({ logs }) =>
      logs.send(
        new PutDataProtectionPolicyCommand({
          logGroupIdentifier: logGroupName,
          policyDocument: maskingAddresses,
        }),
      ),
    'a data protection policy masks parts of new events',
  ],
  [
    'counts events with a metric filter of her own',
    ({ logs }) =>
      logs.send(
        new PutMetricFilterCommand({
          ...{ ...group, filterName: 'hers', filterPattern: '' },
          metricTransformations: [
            { metricName: 'Hers', metricNamespace: 'Trail', metricValue: '1' },
          ],
        }),
      ),
    'these metric filters were not captured',
  ],
  [
    'adds a policy to the role that denies it to write',
    ({ iam }) =>
      iam.send(
        new PutRolePolicyCommand({
          ...{ RoleName, PolicyName: 'deny' },
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Deny', Action: 'logs:*', Resource: '*' }],
          }),
        }),
      ),
    'these policies of the role were not captured',
  ],
  [
    'lets her own account assume the role, too',
    ({ iam }) =>
      iam.send(trust(cloudTrailMay('Allow'), mayAssume('Allow', { AWS: outsider.accountId }))),
    'they can write forged events into the log group',
  ],
];

export const deletions = [...attacks.slice(0, 1), ...attacks.slice(-1)];
/** What changes the group and the role without deleting them. */
export const changes = attacks.slice(1, -1);
/** The group, the role and the alarms as an administrator reads them. */
export const auditLogs = async ({
  logs,
  iam,
  cloudwatch,
}: Clients): Promise<readonly unknown[]> => [
  await auditLogGroup({ logs, name: logGroupName }),
  await auditLogRole({ iam, name: RoleName }),
  await auditAlarms(cloudwatch),
];
