import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { GetBucketPolicyCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { beforeEach, expect, test } from 'vitest';
import type { Clients } from '#sandbox/clients.ts';
import { allowAccount } from '#sandbox/kms-policy.ts';
import { withStatements } from '#sandbox/policy.ts';
import { delegate, logKeyArn as KeyId, topicArn as TopicArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';

// AWS refuses a policy that names a deleted principal. Mallory uses that to make a policy that cannot be merged.

const Bucket = 'org-trail-logs';
const RoleName = 'org-trail-to-cloudwatch-logs';
const throwaway = 'throwaway';
const throwawayArn = `arn:aws:iam::111122223333:role/${throwaway}`;
const allow = (Action: string, Resource?: string) => ({
  Effect: 'Allow',
  Principal: { AWS: throwawayArn },
  Action,
  ...(Resource !== undefined && { Resource }),
});

const account = testAccount({ restoresDependencies: true });
let ours: Clients;
let archive: Clients;

beforeEach(async () => {
  await account.reset();
  account.recycle();
  account.deliver({ drop: true, lambdaRetryMs: 10 });
  ours = account.clientsOf('111122223333');
  archive = account.clientsOf(delegate);
});

type Attacked = {
  readonly what: string;
  readonly put: () => Promise<unknown>;
  readonly read: () => Promise<string | undefined>;
};

test.each<Attacked>([
  {
    what: 'bucket',
    put: () => {
      const Policy = withStatements(null, allow('s3:GetObject', `arn:aws:s3:::${Bucket}/*`));
      return archive.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    },
    read: async () => (await archive.s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy,
  },
  {
    what: 'key',
    put: () => {
      const own = allowAccount('111122223333');
      const Policy = withStatements(null, own, allow('kms:Decrypt', '*'));
      return ours.kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
    },
    read: async () => (await ours.kms.send(new GetKeyPolicyCommand({ KeyId }))).Policy,
  },
  {
    what: 'topic',
    put: () => {
      const AttributeValue = withStatements(null, allow('sns:Publish', TopicArn));
      const input = { TopicArn, AttributeName: 'Policy', AttributeValue };
      return ours.sns.send(new SetTopicAttributesCommand(input));
    },
    read: async () =>
      (await ours.sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes?.Policy,
  },
  {
    what: 'log role',
    put: () => {
      const PolicyDocument = withStatements(null, allow('sts:AssumeRole'));
      return ours.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    },
    read: async () => {
      const { Role } = await ours.iam.send(new GetRoleCommand({ RoleName }));
      return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
    },
  },
])(
  'the policy of the $what is restored although it names a deleted role',
  async ({ put, read }) => {
    const trust = withStatements(null, {
      ...allow('sts:AssumeRole'),
      Principal: { AWS: delegate },
    });
    await ours.iam.send(
      new CreateRoleCommand({ RoleName: throwaway, AssumeRolePolicyDocument: trust }),
    );
    await put();
    await ours.iam.send(new DeleteRoleCommand({ RoleName: throwaway }));
    const attacked = await read();
    expect(attacked).toContain('"AROA');
    expect(attacked).not.toContain('cloudtrail.amazonaws.com');

    await account.swept();

    const restored = await read();
    expect(restored).toContain('cloudtrail.amazonaws.com');
    expect(restored).not.toContain('"AROA');
  },
);
