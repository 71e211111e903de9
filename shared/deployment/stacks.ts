import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { messageOf, nameOf } from '#aws/errors.ts';
import { perRegion } from '#aws/per-region.ts';
import { names } from '#aws/resource-names.ts';
import { ownRegionsOf, stackOf, type Topology } from './topology.ts';

/** Our stacks in the main account that CloudFormation is changing now, and why others could not be read. */
export type StackProgress = {
  readonly inProgress: readonly string[];
  readonly unreadable: readonly string[];
};

export async function stackProgress(topology: Topology): Promise<StackProgress> {
  const clientIn = perRegion((region) => new CloudFormationClient({ region }));
  const { region, recovers } = topology;
  const all = [
    ...ownRegionsOf(topology).map((at) => ({
      StackName: stackOf(at, topology),
      region: at.region,
    })),
    ...(recovers ? [{ StackName: names.recovery, region }] : []),
  ];
  const stacks = await Promise.all(
    all.map(async ({ StackName, region: home }) => {
      try {
        const query = new DescribeStacksCommand({ StackName });
        const { Stacks = [] } = await clientIn(home).send(query);
        return { StackName, isInProgress: isInProgress(Stacks[0]?.StackStatus), problems: [] };
      } catch (error) {
        const problem = `stacks: ${StackName} cannot be read: ${nameOf(error)}: ${messageOf(error)}`;
        return { StackName, isInProgress: false, problems: [problem] };
      }
    }),
  );
  return {
    inProgress: stacks.filter((stack) => stack.isInProgress).map(({ StackName }) => StackName),
    unreadable: stacks.flatMap(({ problems }) => problems),
  };
}

/** REVIEW_IN_PROGRESS is a stack that has only a change set. */
const isInProgress = (status = ''): boolean =>
  status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS';
