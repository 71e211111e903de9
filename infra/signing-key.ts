import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';

/**
 * A key with which those who may approve sign what a trail must be. IAM of the account may manage it and can not let anybody sign: that
 * is its own policy's to say. The functions never call it; its public part is pinned in their configuration.
 */
export function signingKey(stack: cdk.Stack, approvers: readonly string[]): kms.Key {
  const key = new kms.Key(stack, 'SigningKey', {
    description: 'trailkeeper: signs what a trail must be',
    keySpec: kms.KeySpec.ECC_NIST_P256,
    keyUsage: kms.KeyUsage.SIGN_VERIFY,
    // Old versions are verified without it, and new ones can not be made without it.
    removalPolicy: cdk.RemovalPolicy.RETAIN,
    policy: new iam.PolicyDocument({
      statements: [
        new iam.PolicyStatement({
          sid: 'Manage',
          principals: [new iam.AccountRootPrincipal()],
          actions: [
            'kms:CancelKeyDeletion',
            'kms:Describe*',
            'kms:DisableKey',
            'kms:EnableKey',
            'kms:Get*',
            'kms:List*',
            'kms:PutKeyPolicy',
            'kms:ScheduleKeyDeletion',
            'kms:TagResource',
            'kms:UntagResource',
            'kms:UpdateKeyDescription',
          ],
          resources: ['*'],
        }),
        new iam.PolicyStatement({
          sid: 'Approve',
          principals: approvers.map((arn) => new iam.ArnPrincipal(arn)),
          actions: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign'],
          resources: ['*'],
        }),
      ],
    }),
  });
  // By this the role that deploys knows it: keys have no names.
  cdk.Tags.of(key).add('trailkeeper', 'signing');
  return key;
}
