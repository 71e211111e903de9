import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { nameOf } from '#aws/errors.ts';
import { partitionOf } from '#aws/partitions.ts';
import type { AccountRegion } from '#aws/resource-names.ts';

/** The stack of the signing key. It is separate, so that the main stack can pin the public key when it is first deployed. */
export const signingKeyStack = 'Trailkeeper-SigningKey';

/** Creates the stack in the main Region unless it exists. Returns the ARN of its key. */
export async function createSigningKey(
  { account, region }: AccountRegion,
  approvers: readonly string[],
): Promise<string> {
  const client = new CloudFormationClient({ region });
  const StackName = signingKeyStack;
  try {
    await client.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: JSON.stringify(signingKeyTemplate({ account, region }, approvers)),
        EnableTerminationProtection: true,
      }),
    );
  } catch (error) {
    if (nameOf(error) !== 'AlreadyExistsException') throw error;
  }
  await waitUntilStackCreateComplete({ client, maxWaitTime: 300, minDelay: 2 }, { StackName });
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  const output = stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'KeyArn');
  if (output?.OutputValue !== undefined) return output.OutputValue;
  throw new Error(
    `the stack ${StackName} in ${region} has no output KeyArn: delete it, then run this again`,
  );
}

/**
 * A key that signs baselines, maintenance windows and retirements. An approver needs two permissions to sign: the key policy, which
 * names the approver, and an IAM policy of the approver that allows `kms:Sign`. IAM policies of the account allow to manage the key.
 */
function signingKeyTemplate(
  { account, region }: AccountRegion,
  approvers: readonly string[],
): object {
  const rootOf = (id: string): string => `arn:${partitionOf(region)}:iam::${id}:root`;
  const accounts = [...new Set(approvers.map((arn) => arn.split(':')[4] ?? ''))];
  return {
    Description: 'trailkeeper: the key that signs baselines',
    Resources: {
      SigningKey: {
        Type: 'AWS::KMS::Key',
        // Without it, existing versions can still be verified, but new ones cannot be signed.
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          Description: 'trailkeeper: signs baselines, maintenance windows and retirements',
          KeySpec: 'ECC_NIST_P256',
          KeyUsage: 'SIGN_VERIFY',
          Tags: [{ Key: 'trailkeeper', Value: 'signing' }],
          KeyPolicy: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'Manage',
                Effect: 'Allow',
                Principal: { AWS: rootOf(account) },
                Action: manageActions.map((action) => `kms:${action}`),
                Resource: '*',
              },
              {
                Sid: 'Approve',
                Effect: 'Allow',
                // KMS stores a role as its unique ID: a role that is deleted and created again would lose access.
                Principal: { AWS: accounts.map(rootOf) },
                Action: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign'],
                Resource: '*',
                Condition: { ArnLike: { 'aws:PrincipalArn': approvers } },
              },
            ],
          },
        },
      },
    },
    Outputs: { KeyArn: { Value: { 'Fn::GetAtt': ['SigningKey', 'Arn'] } } },
  };
}

const manageActions = [
  'CancelKeyDeletion',
  'Describe*',
  'DisableKey',
  'EnableKey',
  'Get*',
  'List*',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateKeyDescription',
];

/** The ARN by which a key policy knows the caller: of the user, or of the role of a session. Null for a root user, which cannot approve. */
export async function approverArn(caller: string): Promise<string | null> {
  if (caller.includes(':user/')) return caller;
  const [, RoleName] = /:assumed-role\/([^/]+)\//.exec(caller) ?? [];
  if (RoleName === undefined) return null;
  const { Role } = await new IAMClient().send(new GetRoleCommand({ RoleName }));
  // The name of a role of IAM Identity Center ends in 16 characters that change when the role is created again.
  return Role?.Arn?.replace(/(\/AWSReservedSSO_.+_)[0-9a-f]{16}$/, '$1*') ?? null;
}
