import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { messageOf, nameOf } from '#aws/errors.ts';
import { partitionOf } from '#aws/partitions.ts';
import type { AccountRegion } from '#aws/resource-names.ts';

/** The stack of the signing key. It is separate, so that the main stack can pin the public key when it is first deployed. */
const StackName = 'Trailkeeper-SigningKey';

/** Creates the stack in the main Region, or updates its approvers. Returns the ARN of its key. */
export async function deploySigningKey(
  at: AccountRegion,
  approvers: readonly string[],
): Promise<string> {
  const client = new CloudFormationClient({ region: at.region });
  const TemplateBody = JSON.stringify(signingKeyTemplate(at, approvers));
  const waiting = [{ client, maxWaitTime: 300, minDelay: 2 }, { StackName }] as const;
  try {
    await client.send(
      new CreateStackCommand({ StackName, TemplateBody, EnableTerminationProtection: true }),
    );
    await waitUntilStackCreateComplete(...waiting);
  } catch (error) {
    if (nameOf(error) !== 'AlreadyExistsException') throw error;
    await updateStack(client, TemplateBody);
    await waitUntilStackUpdateComplete(...waiting);
  }
  const key = await signingKeyIn(at);
  if (key !== null) return key;
  throw new Error(
    `the stack ${StackName} in ${at.region} has no output KeyArn: delete it, then run this again`,
  );
}

/** The ARN of the stack's key; null if there is no such stack. */
export async function signingKeyIn({ region }: AccountRegion): Promise<string | null> {
  const client = new CloudFormationClient({ region });
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'KeyArn')?.OutputValue ?? null;
  } catch (error) {
    if (nameOf(error) === 'ValidationError') return null;
    throw error;
  }
}

async function updateStack(client: CloudFormationClient, TemplateBody: string): Promise<void> {
  try {
    await client.send(new UpdateStackCommand({ StackName, TemplateBody }));
  } catch (error) {
    if (!messageOf(error).includes('No updates are to be performed')) throw error;
  }
}

/**
 * A key that signs baselines, maintenance windows and retirements. An approver needs two permissions to sign: the key policy, which
 * names the approver, and an IAM policy of the approver that allows `kms:Sign`. IAM policies of the account allow to manage the key.
 */
export function signingKeyTemplate(
  { account, region }: AccountRegion,
  approvers: readonly string[],
) {
  const Principal = { AWS: `arn:${partitionOf(region)}:iam::${account}:root` };
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
                Principal,
                Action: manageActions.map((action) => `kms:${action}`),
                Resource: '*',
              },
              {
                Sid: 'Approve',
                Effect: 'Allow',
                // KMS stores a role as its unique ID: a role that is deleted and created again would lose access.
                Principal,
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
