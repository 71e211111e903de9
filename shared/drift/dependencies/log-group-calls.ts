import { paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import type { Aws } from '#aws/clients.ts';
import { accountOf, gone, regionOf, there, unlessUnseen } from './reading.ts';

/** Whether a log group exists, or may not be read. */
export async function logGroupExistence(aws: Aws, arn: string): Promise<string | undefined> {
  const logGroupNamePrefix = arn.split(':')[6] ?? '';
  const client = await aws.dependenciesIn(accountOf(arn)).logsIn(regionOf(arn));
  return unlessUnseen(isThere(), (exists) => (exists ? there : gone));

  async function isThere(): Promise<boolean> {
    const pages = paginateDescribeLogGroups({ client }, { logGroupNamePrefix });
    for await (const { logGroups = [] } of pages) {
      if (logGroups.some(({ logGroupName }) => logGroupName === logGroupNamePrefix)) return true;
    }
    return false;
  }
}
