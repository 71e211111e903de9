import { UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { CreateKeyCommand, EnableKeyRotationCommand } from '@aws-sdk/client-kms';
import { PutBucketPolicyCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  RemovePermissionCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditDependencies } from '#sandbox/audit-dependencies.ts';
import { type Clients, clientsOf } from '#sandbox/clients.ts';
import { deployDependencies } from '#sandbox/deploy-dependencies.ts';
import { attacksOnKey } from '#sandbox/key-attacks.ts';
import { allowAccount } from '#sandbox/kms-policy.ts';
import { bucketPolicyForCloudTrail, withStatements } from '#sandbox/policy.ts';
import { delegate as archive, deployment } from '#sandbox/seed.ts';
import { attacksOnTopic } from '#sandbox/topic-attacks.ts';
import { testAccount } from '../support/account.ts';
import { captureWith } from '../support/capture.ts';
import { Label, siemQueue, subscribeSiem } from '../support/subscribed-topic.ts';
import { profile } from '../support/temp-files.ts';

// The bucket, the key and the topic of the trail are in another account, the log archive. They are restored through the role there.

const Bucket = 'org-trail-logs';
const TopicArn = `arn:aws:sns:us-east-1:${archive}:log-files`;
/** The id that the sandbox gives to the next key. */
const KeyId = '00000000-0000-4000-8000-000000000004';
const keyArn = `arn:aws:kms:us-east-1:${archive}:key/${KeyId}`;
const config = {
  dependencies: [
    { arn: `arn:aws:s3:::${Bucket}`, account: archive, restore: true },
    { arn: keyArn, restore: true },
    { arn: TopicArn, restore: true },
  ],
  dependencyAccounts: [{ account: archive, externalId: '9f1c0a7e5b3d4826a1c4e8f70b2d6395' }],
};
const cloudtrail = (Action: string | readonly string[], Resource: string) => ({
  Effect: 'Allow',
  Principal: { Service: 'cloudtrail.amazonaws.com' },
  Action,
  Resource,
});

/** A statement of the owner's. */
const reader = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${archive}:root` },
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${Bucket}/*`,
};

const account = testAccount({ deployment: config });
let owner: Clients;

beforeAll(async () => {
  owner = clientsOf(account.endpoint, archive);
});
beforeEach(async () => {
  await account.reset();
  account.recycle();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
  await deployDependencies(account.endpoint, archive, {
    ...deployment,
    ...config,
    mode: 'enforce',
  });
  await useArchive();
});

/** Creates a key and a topic in the log archive, lets the trail use them, and captures it. */
async function useArchive(): Promise<void> {
  await owner.s3.send(
    new PutBucketPolicyCommand({ Bucket, Policy: bucketPolicyForCloudTrail(Bucket, reader) }),
  );
  await owner.s3.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const { KeyMetadata } = await owner.kms.send(
    new CreateKeyCommand({
      Policy: withStatements(
        null,
        allowAccount(archive),
        cloudtrail(['kms:GenerateDataKey*', 'kms:DescribeKey'], '*'),
      ),
    }),
  );
  expect(KeyMetadata?.Arn).toBe(keyArn);
  await owner.kms.send(new EnableKeyRotationCommand({ KeyId: keyArn }));
  const Policy = withStatements(null, { Sid: Label, ...cloudtrail('sns:Publish', TopicArn) });
  const Tags = [{ Key: 'owner', Value: 'security' }];
  await owner.sns.send(new CreateTopicCommand({ Name: 'log-files', Attributes: { Policy }, Tags }));
  await account.outsider.send(
    new UpdateTrailCommand({ Name: account.trail, KmsKeyId: keyArn, SnsTopicName: TopicArn }),
  );
  await capture();
}

const capture = async () =>
  captureWith(
    account,
    { bucket: 'restore', key: 'restore', topic: 'restore' },
    {
      args: ['--bucket-owner', archive, '--dependency-profile', 'archive'],
      variables: await profile('archive', archive),
    },
  );

const audit = () =>
  auditDependencies({
    bucket: { s3: owner.s3, name: Bucket },
    key: { kms: owner.kms, arn: keyArn },
    topic: { sns: owner.sns, arn: TopicArn },
  });

/** Attacks by an administrator of the log archive. Those on the bucket are in `log-archive-bucket.long.test.ts`. */
const attacks = [...attacksOnKey(keyArn), ...attacksOnTopic(TopicArn)];
const restored = attacks.filter(({ reportOnly }) => !reportOnly);
const reported = attacks.filter(({ reportOnly }) => reportOnly);

const ways = {
  'by its event, which the log archive forwards': async () => {
    account.deliver({ drop: false, paused: false });
    await account.settled();
  },
  'by the sweep, without its event': async () => void (await account.swept()),
};

describe.each(Object.entries(ways))('is restored %s, if Mallory', (way, happens) => {
  const removesPermission = {
    title: "removes CloudTrail's permission",
    call: ({ sns }: Clients) => sns.send(new RemovePermissionCommand({ TopicArn, Label })),
  };

  test.each([...restored, removesPermission])('$title', async ({ call }) => {
    const before = await audit();
    account.deliver({ drop: way.includes('without'), paused: true });
    await call(owner, account.trail);
    expect(await audit()).not.toEqual(before);

    await happens();

    expect(await audit()).toEqual(before);
    const byRole = account.calls.filter(({ principal }) =>
      principal.endsWith(':assumed-role/Trailkeeper-Dependencies/trailkeeper'),
    );
    expect(byRole.filter(({ error }) => error?.startsWith('AccessDenied'))).toEqual([]);
  });
});

describe.each(Object.entries(ways))('is only reported %s, if Mallory', (way, happens) => {
  test.each(reported)('$title', async ({ id, call }) => {
    account.deliver({ drop: way.includes('without'), paused: true });
    await call(owner, account.trail);
    const attacked = await audit();

    await happens();

    expect(await audit()).toEqual(attacked);
    expect(await account.incidents()).toMatchObject([{ state: 'drifted' }]);
    expect(await account.alerts()).toContain(
      id.startsWith('C') ? `key ${KeyId} (` : 'topic log-files (',
    );
  });

  test('unsubscribes the queue of the SIEM', async () => {
    const SubscriptionArn = await subscribeSiem(owner.sns, TopicArn);
    await capture();
    account.deliver({ drop: way.includes('without'), paused: true });
    await owner.sns.send(new UnsubscribeCommand({ SubscriptionArn }));

    await happens();

    expect(await account.incidents()).toMatchObject([{ state: 'drifted' }]);
    expect(await account.alerts()).toContain(`sqs ${siemQueue}`);
  });
});
