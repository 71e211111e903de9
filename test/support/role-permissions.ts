import {
  GetRolePolicyCommand,
  type IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';

/** Removes one action from a role. */
export async function takeAway(iam: IAMClient, RoleName: string, action: string): Promise<void> {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) {
    const { PolicyDocument = '' } = await iam.send(
      new GetRolePolicyCommand({ RoleName, PolicyName }),
    );
    const document = JSON.parse(decodeURIComponent(PolicyDocument));
    for (const statement of document.Statement) {
      const left = [statement.Action].flat().filter((one) => one !== action);
      statement.Action = left.length === 0 ? ['sts:GetCallerIdentity'] : left;
    }
    await iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) }),
    );
  }
}
