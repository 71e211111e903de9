import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { ChannelSettings } from '#alert/channel-settings.ts';
import { permissionsOf } from '#alert/channels/index.ts';
import { names } from '#aws/resource-names.ts';
import { linkPrefix } from '#watchtower/evidence-chain.ts';
import type { ChannelSecrets } from './channel-secrets.ts';
import { allow, functionRole } from './function-role.ts';
import { justify } from './justify.ts';

export type WatchtowerRoleProps = {
  readonly table: dynamodb.Table;
  readonly key: kms.Key;
  readonly topic: sns.Topic;
  readonly channels: ChannelSettings;
  readonly secrets: ChannelSecrets;
  /** The bucket for evidence, if any is kept. */
  readonly evidence: s3.Bucket | undefined;
  /** The buckets of the trails that it lists. */
  readonly logBuckets: readonly string[];
  /** The role that it assumes in the account that it watches. */
  readonly watched: string;
};

/** The role of the function of the watchtower, in its own account. */
export function watchtowerRole(
  stack: cdk.Stack,
  { table, key, topic, channels, secrets, logBuckets, evidence, watched }: WatchtowerRoleProps,
): iam.Role {
  const { account, region, partition } = stack;
  const reach = { topic: topic.topicArn, account, region, partition };
  const listed = [
    ...logBuckets.map((bucket) => `arn:${partition}:s3:::${bucket}`),
    ...(evidence ? [evidence.bucketArn] : []),
  ];
  const role = functionRole(stack, 'Role', {
    roleName: names.watchtower,
    description: 'trailkeeper: watches trailkeeper from outside its account',
    statements: [
      allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], [table.tableArn]),
      allow(['sts:AssumeRole'], [watched]),
      allow(['kms:GetPublicKey'], [key.keyArn]),
      allow(['s3:ListBucket'], listed),
      allow(
        ['s3:GetObject', 's3:PutObject'],
        evidence ? [evidence.arnForObjects(`${linkPrefix}*`)] : [],
      ),
      allow(['secretsmanager:GetSecretValue'], Object.values(secrets)),
      ...permissionsOf(channels, reach).map(({ actions, resources, conditions }) =>
        allow(actions, resources, conditions),
      ),
    ],
  });
  if (evidence !== undefined) {
    justify(role, {
      [`IAM5[Resource::<${stack.getLogicalId(evidence.node.defaultChild as cdk.CfnElement)}.Arn>/${linkPrefix}*]`]:
        'the links of the evidence, which no one can overwrite',
    });
  }
  return role;
}
