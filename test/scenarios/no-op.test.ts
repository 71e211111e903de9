import {
  AddTagsCommand,
  CreateTrailCommand,
  DeleteTrailCommand,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { keyId, topicArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';

// Terraform, CloudFormation and landing zones repeat their calls. A call without effect must not notify anyone.

const account = testAccount();
let asCaptured: unknown;

beforeAll(async () => {
  asCaptured = await account.auditTrail();
});
beforeEach(async () => {
  await account.reset();
  account.deliver({ ...account.perfectDelivery, drop: false });
});

/** The owner of the log bucket, which is also a delegated administrator for CloudTrail. */
const bucketOwner = '222233334444';

const putPolicy = async (...more: readonly object[]) => {
  const bucket = 'arn:aws:s3:::org-trail-logs';
  const Principal = { Service: 'cloudtrail.amazonaws.com' };
  const Statement = [
    { Effect: 'Allow', Principal, Action: 's3:GetBucketAcl', Resource: bucket },
    { Effect: 'Allow', Principal, Action: 's3:PutObject', Resource: `${bucket}/*` },
    {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Action: 's3:ListBucket',
      Resource: bucket,
    },
    ...more,
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const { s3 } = account.clientsOf(bucketOwner);
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'org-trail-logs', Policy }));
};

const harmless: Readonly<Record<string, () => Promise<unknown>>> = {
  async PutEventSelectors() {
    const { outsider, trail: TrailName } = account;
    const { EventSelectors, AdvancedEventSelectors } = await outsider.send(
      new GetEventSelectorsCommand({ TrailName }),
    );
    const present = AdvancedEventSelectors ? { AdvancedEventSelectors } : { EventSelectors };
    await outsider.send(new PutEventSelectorsCommand({ TrailName, ...present }));
  },
  async UpdateTrail() {
    const { outsider, trail: Name } = account;
    const { Trail: live } = await outsider.send(new GetTrailCommand({ Name }));
    const input = {
      S3BucketName: live?.S3BucketName,
      IsMultiRegionTrail: live?.IsMultiRegionTrail,
      IncludeGlobalServiceEvents: live?.IncludeGlobalServiceEvents,
      EnableLogFileValidation: live?.LogFileValidationEnabled,
    };
    await outsider.send(new UpdateTrailCommand({ Name, ...input }));
  },
  StartLogging: () => account.outsider.send(new StartLoggingCommand({ Name: account.trail })),
  async AddTags() {
    const { outsider, trail } = account;
    const { ResourceTagList = [] } = await outsider.send(
      new ListTagsCommand({ ResourceIdList: [trail] }),
    );
    const TagsList = ResourceTagList[0]?.TagsList ?? [];
    if (TagsList.length > 0) {
      await outsider.send(new AddTagsCommand({ ResourceId: trail, TagsList }));
    }
  },
  PutBucketPolicy: () => putPolicy(),
  'PutBucketPolicy that allows the organization': () =>
    putPolicy({
      ...{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject' },
      Resource: 'arn:aws:s3:::org-trail-logs/*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
    }),
};

test.each(Object.entries(harmless))(
  '%s is logged and notifies no one if it changes nothing that is protected',
  async (_, call) => {
    const before = account.invocations.length;

    await call();
    await account.settled();

    expect(await account.incidents()).toEqual([]);
    expect(await account.slack()).toEqual([]);
    expect(await account.auditTrail()).toEqual(asCaptured);
    const handled = account.invocations.slice(before);
    expect(JSON.stringify(handled.map(({ log }) => log))).toContain('it opens no incident');
  },
);

test('repeating the key and topic policies notifies no one', async () => {
  const { kms, sns } = account.clientsOf();
  const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: keyId }));
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn }));

  await kms.send(new PutKeyPolicyCommand({ KeyId: keyId, PolicyName: 'default', Policy }));
  await sns.send(
    new SetTopicAttributesCommand({
      ...{ TopicArn: topicArn, AttributeName: 'Policy' },
      AttributeValue: Attributes?.Policy,
    }),
  );
  await account.settled();
  await account.swept();

  expect(await account.incidents()).toEqual([]);
  expect(await account.slack()).toEqual([]);
});

test('PutBucketPolicy that allows an outsider is reported although the trail is in sync', async () => {
  await putPolicy({
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::444455556666:root' },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::org-trail-logs/*',
  });
  await account.settled();

  expect(await account.incidents()).toMatchObject([
    { state: 'reverted', cause: { eventName: 'PutBucketPolicy' } },
  ]);
});

test('a call that weakens the trail is reported and restored before and after no-ops', async () => {
  await harmless.StartLogging?.();
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await account.settled();
  await harmless.UpdateTrail?.();
  await account.settled();

  expect(await account.auditTrail()).toEqual(asCaptured);
  expect(await account.incidents()).toMatchObject([
    { state: 'restored', cause: { eventName: 'StopLogging' } },
  ]);
});

test('calls on a trail with the same name in another account do not affect the protected one', async () => {
  const trail = await account.addTrail('security-trail');
  expect((await account.trailkeeper(['capture', trail, '--yes'])).code).toBe(0);
  await account.settled();
  const member = account.clientOf(bucketOwner);
  const Name = 'security-trail';
  const before = account.calls.length;
  const reported = await account.slack();

  await member.send(new CreateTrailCommand({ Name, S3BucketName: 'org-trail-logs' }));
  await member.send(new StartLoggingCommand({ Name }));
  await member.send(new StopLoggingCommand({ Name }));
  await member.send(new DeleteTrailCommand({ Name }));
  await account.settled();

  expect(await account.slack()).toEqual(reported);
  expect(account.writesSince(before)).toEqual([]);
});

test('an organization trail is restored even if a delegated administrator has a trail of its name', async () => {
  const member = account.clientOf(bucketOwner);
  const Name = 'twin-trail';
  const settings = { Name, S3BucketName: 'org-trail-logs' };
  const { TrailARN: own = '' } = await member.send(new CreateTrailCommand(settings));
  const organization = { IsOrganizationTrail: true, IsMultiRegionTrail: true };
  const { TrailARN: trail = '' } = await account.outsider.send(
    new CreateTrailCommand({ ...settings, ...organization }),
  );
  await account.outsider.send(new StartLoggingCommand({ Name: trail }));
  expect((await account.trailkeeper(['capture', trail, '--yes'])).code).toBe(0);
  await account.settled();

  await member.send(new StopLoggingCommand({ Name: trail }));
  await account.settled();

  const isLogging = async (arn: string, client = account.outsider) =>
    (await client.send(new GetTrailStatusCommand({ Name: arn }))).IsLogging;
  expect(await isLogging(trail)).toBe(true);
  expect(await isLogging(own, member)).toBe(false);
  const said = JSON.stringify(await account.slack());
  expect(said).toContain('twin-trail');
  expect(said).toContain(bucketOwner);
});
