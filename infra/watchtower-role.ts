import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { ChannelSettings } from '#alert/channel-settings.ts';
import { permissionsOf } from '#alert/channels/index.ts';
import { names } from '#aws/resource-names.ts';
import type { ChannelSecrets } from './channel-secrets.ts';
import { allow, functionRole } from './function-role.ts';

export type WatchtowerRoleProps = {
  readonly table: dynamodb.Table;
  readonly key: kms.Key;
  readonly topic: sns.Topic;
  readonly channels: ChannelSettings;
  readonly secrets: ChannelSecrets;
  /** The buckets of the trails that it lists. */
  readonly logBuckets: readonly string[];
  /** The role that it assumes in the account that it watches. */
  readonly watched: string;
};

/** The role of the function of the watchtower, in its own account. */
export function watchtowerRole(
  stack: cdk.Stack,
  { table, key, topic, channels, secrets, logBuckets, watched }: WatchtowerRoleProps,
): iam.Role {
  const { account, region, partition } = stack;
  const reach = { topic: topic.topicArn, account, region, partition };
  const ofSecrets = Object.values(secrets);
  return functionRole(stack, 'Role', {
    roleName: names.watchtower,
    description: 'trailkeeper: watches trailkeeper from outside its account',
    statements: [
      allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], [table.tableArn]),
      allow(['sts:AssumeRole'], [watched]),
      allow(['kms:GetPublicKey'], [key.keyArn]),
      ...(logBuckets.length === 0
        ? []
        : [
            allow(
              ['s3:ListBucket'],
              logBuckets.map((bucket) => `arn:${partition}:s3:::${bucket}`),
            ),
          ]),
      ...(ofSecrets.length === 0 ? [] : [allow(['secretsmanager:GetSecretValue'], ofSecrets)]),
      ...permissionsOf(channels, reach).map(({ actions, resources, conditions }) =>
        allow(actions, resources, conditions),
      ),
    ],
  });
}
