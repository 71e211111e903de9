import * as cdk from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';

/**
 * The key that signs baselines, maintenance windows and retirements. An approver needs two permissions to sign: the key policy, which
 * names the approver, and an IAM policy of the approver that allows `kms:Sign`. IAM policies of the account allow to manage the key.
 * Functions never call it, because the public key is pinned in their code.
 */
export function signingKey(stack: cdk.Stack, approvers: readonly string[]): kms.Key {
  const key = new kms.Key(stack, 'SigningKey', {
    description: 'trailkeeper: signs baselines, maintenance windows and retirements',
    keySpec: kms.KeySpec.ECC_NIST_P256,
    keyUsage: kms.KeyUsage.SIGN_VERIFY,
    // Without it, existing versions can still be verified, but new ones cannot be signed.
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
          // KMS stores a role as its unique ID: a role that is deleted and created again would lose access.
          principals: accountsOf(approvers).map((account) => new iam.AccountPrincipal(account)),
          actions: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign'],
          resources: ['*'],
          conditions: { ArnLike: { 'aws:PrincipalArn': [...approvers] } },
        }),
      ],
    }),
  });
  // Keys have no names, so the bootstrap policies find it by this tag.
  cdk.Tags.of(key).add('trailkeeper', 'signing');
  return key;
}

const accountsOf = (arns: readonly string[]): readonly string[] => [
  ...new Set(arns.map((arn) => arn.split(':')[4] ?? '')),
];
