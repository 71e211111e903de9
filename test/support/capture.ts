import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { parseTrailArn } from '#trail/trail-arn.ts';
import type { Account } from './account.ts';
import { jsonFile } from './temp-files.ts';

type Options = {
  /** Default: the protected trail. */
  readonly trail?: string;
  readonly args?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
};

/** Captures a trail with a policy, as Alice. */
export async function captureWith(
  account: Account,
  policy: object,
  { trail = account.trail, args = [], variables = {} }: Options = {},
): Promise<void> {
  const { code, stderr } = await account.trailkeeper(
    [
      ...['capture', trail, '--policy', await jsonFile(policy)],
      ...['--reason', 'test', '--yes', ...args],
    ],
    variables,
  );
  expect(code, stderr).toBe(0);
}

/** The baseline in force of a trail; null if there is none. */
export async function baselineInForce({ baselines }: Account, trail: string): Promise<unknown> {
  const found = await baselines().find(parseTrailArn(trail).arn);
  return found !== null && 'baseline' in found ? found.baseline : null;
}

/** The rows of a trail in the state table. */
export async function rowsOf({ table, tableName }: Account, trail: string): Promise<unknown[]> {
  const { Items = [] } = await table.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :trail',
      ExpressionAttributeValues: { ':trail': trail },
    }),
  );
  return Items;
}
