import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { perRegion } from '#aws/clients.ts';
import { accountRegionsOf, stackOf, type Topology } from './topology.ts';

/**
 * The stacks of trailkeeper in its own account that CloudFormation is changing now, by name; REVIEW_IN_PROGRESS is a stack that has
 * only a change set. A stack that cannot be described counts as unchanging.
 */
export async function stacksInProgress(layout: Topology): Promise<readonly string[]> {
  const clientIn = perRegion((region) => new CloudFormationClient({ region }));
  const own = accountRegionsOf(layout).filter(({ account }) => account === layout.account);
  const changing = own.map(async (place) => {
    const StackName = stackOf(place, layout);
    const { Stacks = [] } = await clientIn(place.region)
      .send(new DescribeStacksCommand({ StackName }))
      .catch(() => ({ Stacks: [] }));
    const status = Stacks[0]?.StackStatus ?? '';
    return status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS' ? [StackName] : [];
  });
  return (await Promise.all(changing)).flat();
}
