import { isDeepStrictEqual } from 'node:util';
import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  ListPolicyVersionsCommand,
} from '@aws-sdk/client-iam';
import { nameOf } from '#aws/errors.ts';
import { bootstrapPolicies, type PolicyDocument } from '#deployment/bootstrap-policies.ts';

/**
 * Creates the policies with which CloudFormation deploys trailkeeper in the client's account, or makes them the versions in force.
 * Returns their ARNs.
 */
export async function applyPolicies(
  iam: IAMClient,
  partition: string,
  account: string,
): Promise<readonly string[]> {
  const policies = Object.entries(bootstrapPolicies(partition)).map(
    ([name, document]) => [`arn:${partition}:iam::${account}:policy/${name}`, document] as const,
  );
  for (const [arn, document] of policies) await applyPolicy(iam, arn, document);
  return policies.map(([arn]) => arn);
}

async function applyPolicy(
  iam: IAMClient,
  PolicyArn: string,
  document: PolicyDocument,
): Promise<void> {
  const inForce = await documentInForce(iam, PolicyArn);
  const PolicyDocument = JSON.stringify(document);
  if (inForce === null) {
    const PolicyName = PolicyArn.split('/').at(-1);
    await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  } else if (!isDeepStrictEqual(inForce, document)) {
    await makeRoom(iam, PolicyArn);
    await iam.send(
      new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }),
    );
  }
}

/** Null if the policy does not exist. */
async function documentInForce(iam: IAMClient, PolicyArn: string): Promise<unknown> {
  try {
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    const VersionId = Policy?.DefaultVersionId;
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
    return JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? 'null'));
  } catch (error) {
    if (['NoSuchEntity', 'NoSuchEntityException'].includes(nameOf(error))) return null;
    throw error;
  }
}

/** A policy has five versions at most. */
async function makeRoom(iam: IAMClient, PolicyArn: string): Promise<void> {
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  const [oldest] = Versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion).toReversed();
  if (Versions.length < 5 || oldest === undefined) return;
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: oldest.VersionId }));
}
