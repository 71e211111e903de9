import { GetTrailStatusCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import {
  AttachRolePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { afterEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';

// The role with which CloudTrail writes to the log group of the trail. Source: CloudTrail user guide, "Role policy document
// for CloudTrail to use CloudWatch Logs for monitoring"; that the errors of GetTrailStatus are those of STS and CloudWatch
// Logs is an assumption.

const RoleName = 'org-trail-to-cloudwatch-logs';
const home = '111122223333';
const group = `arn:aws:logs:us-east-1:${home}:log-group:org-trail`;

const account = testAccount();

afterEach(() => account.reset());

describe('events are not delivered to the log group', () => {
  const untrusted = ['AccessDenied', 'InvalidCloudWatchLogsRoleArnException'];
  const forbidden = ['AccessDeniedException', 'InvalidCloudWatchLogsLogGroupArnException'];

  test('if the role does not trust CloudTrail', async () => {
    await trust({ Service: 'lambda.amazonaws.com' });

    expect(await errors()).toEqual(untrusted);
  });

  test('if the role trusts CloudTrail for another trail only', async () => {
    const another = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/another';
    await trust(cloudtrail, { StringEquals: { 'aws:SourceArn': another } });

    expect(await errors()).toEqual(untrusted);
  });

  test('if the role does not exist', async () => {
    await iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'deliver' }));
    await iam().send(new DeleteRoleCommand({ RoleName }));

    expect(await errors()).toEqual(untrusted);
  });

  test('if the role has no permissions', async () => {
    await iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'deliver' }));

    expect(await errors()).toEqual(forbidden);
  });

  test('if the role may not write the streams of member accounts', async () => {
    await allow(`${group}:log-stream:${home}_CloudTrail_us-east-1*`);

    expect(await errors()).toEqual(forbidden);
  });

  test('if an attached policy denies, until it is detached', async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/AWSDenyAll';
    await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const attached = await errors();
    await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));

    expect([attached, await errors()]).toEqual([forbidden, [undefined, undefined]]);
  });

  test('if the permissions boundary does not allow', async () => {
    const PermissionsBoundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    await iam().send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));

    expect(await errors()).toEqual(forbidden);
  });
});

test('events are delivered if the role trusts CloudTrail for this trail, and may write every stream', async () => {
  await trust(cloudtrail, { StringEquals: { 'aws:SourceArn': account.trail } });
  await allow(`${group}:log-stream:*`);

  expect(await errors()).toEqual([undefined, undefined]);
});

test('changes of the role are recorded in us-east-1, whatever Region is called', async () => {
  const { PolicyDocument = '' } = await iam().send(
    new GetRolePolicyCommand({ RoleName, PolicyName: 'deliver' }),
  );
  await iam('eu-central-1').send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: 'deliver',
      PolicyDocument: decodeURIComponent(PolicyDocument),
    }),
  );

  const [event] = await account.recordsIn(home, 'PutRolePolicy', 'us-east-1');
  expect(event).toMatchObject({
    awsRegion: 'us-east-1',
    eventSource: 'iam.amazonaws.com',
    requestParameters: { roleName: RoleName, policyName: 'deliver' },
  });
  expect(await account.recordsIn(home, 'PutRolePolicy', 'eu-central-1')).toEqual([]);
});

const cloudtrail = { Service: 'cloudtrail.amazonaws.com' };

const iam = (region?: string) => new IAMClient(account.configOf(home, region));

const documentOf = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

const trust = (Principal: object, Condition: object = {}) =>
  iam().send(
    new UpdateAssumeRolePolicyCommand({
      RoleName,
      PolicyDocument: documentOf({ Principal, Action: 'sts:AssumeRole', Condition }),
    }),
  );

const allow = (Resource: string) =>
  iam().send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName: 'deliver',
      PolicyDocument: documentOf({
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource,
      }),
    }),
  );

/** The error of the last delivery, and that of an update of another field. */
async function errors() {
  const Name = account.trail;
  const status = await account.outsider.send(new GetTrailStatusCommand({ Name }));
  const refused = await account.outsider
    .send(new UpdateTrailCommand({ Name, S3KeyPrefix: 'new' }))
    .then(
      () => undefined,
      ({ name }: Error) => name,
    );
  return [status.LatestCloudWatchLogsDeliveryError, refused];
}
