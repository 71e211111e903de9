import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';

/**
 * A key with which those who may approve sign what a trail must be. IAM of the account may manage it. Signing takes both: the key's
 * policy names the approver, and an IAM policy of the approver allows `kms:Sign`. The functions never call it; its public part is pinned in their configuration.
 */
export function signingKey(stack: cdk.Stack, approvers: readonly string[]): kms.Key {
  const key = new kms.Key(stack, 'SigningKey', {
    description: 'trailkeeper: signs what a trail must be',
    keySpec: kms.KeySpec.ECC_NIST_P256,
    keyUsage: kms.KeyUsage.SIGN_VERIFY,
    // Old versions are verified without it, and new ones can not be made without it.
    removalPolicy: cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
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
          // A role as principal would be bound to its unique id, and lose access when it is deleted and created again.
          principals: accountsOf(approvers).map((account) => new iam.AccountPrincipal(account)),
          actions: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign'],
          resources: ['*'],
          conditions: { ArnLike: { 'aws:PrincipalArn': [...approvers] } },
        }),
      ],
    }),
  });
  // By this the role that deploys knows it: keys have no names.
  cdk.Tags.of(key).add('trailkeeper', 'signing');
  return key;
}

const accountsOf = (arns: readonly string[]): readonly string[] => [
  ...new Set(arns.map((arn) => arn.split(':')[4] ?? '')),
];
