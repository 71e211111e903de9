import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { cdkOut, runProgram } from './process.ts';

/** The policies with which CloudFormation deploys trailkeeper. */
const policyNames = ['Trailkeeper-Deploy-Compute', 'Trailkeeper-Deploy-Storage'];

export const policyArns = (partition: string, account: string): readonly string[] =>
  policyNames.map((name) => `arn:${partition}:iam::${account}:policy/${name}`);

/** Writes the documents of the policies as files. */
export const writePolicies = (partition: string): Promise<void> =>
  runProgram('infra/bootstrap-policies.ts', ['--partition', partition, '--out', cdkOut]);

/** Creates the policies in the client's account, or makes the documents in the files their versions in force. */
export async function applyPolicies(iam: IAMClient, arns: readonly string[]): Promise<void> {
  for (const arn of arns) {
    const name = arn.split('/').at(-1) ?? '';
    await applyPolicy(iam, arn, readFileSync(join(cdkOut, `${name}.json`), 'utf8'));
  }
}

async function applyPolicy(iam: IAMClient, PolicyArn: string, document: string): Promise<void> {
  const inForce = await documentInForce(iam, PolicyArn);
  const PolicyDocument = JSON.stringify(JSON.parse(document));
  if (inForce === null) {
    const PolicyName = PolicyArn.split('/').at(-1);
    await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  } else if (!isDeepStrictEqual(inForce, JSON.parse(document))) {
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
