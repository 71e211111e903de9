import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBClient, GetResourcePolicyCommand } from '@aws-sdk/client-dynamodb';
import { messageOf } from '#aws/errors.ts';
import type { TablePolicy } from '#baseline/signing/table-policy.ts';
import type { Json } from '#text/diff.ts';

/** Throws `PolicyNotFoundException` if the table has no resource policy. */
export async function readTablePolicy(client: DynamoDBClient, ResourceArn: string): Promise<Json> {
  const { Policy = 'null' } = await client.send(new GetResourcePolicyCommand({ ResourceArn }));
  return JSON.parse(Policy) as Json;
}

/** Why others than the approvers can write baselines; null if the resource policy of the table is as it was deployed. */
export async function tableExposure(
  client: DynamoDBClient,
  policy: TablePolicy,
): Promise<string | null> {
  const Resource = policy.Statement[0]?.Resource ?? '';
  try {
    if (isDeepStrictEqual(await readTablePolicy(client, Resource), policy)) return null;
    return 'the resource policy of the state table was changed';
  } catch (error) {
    return `the resource policy of the state table cannot be read: ${messageOf(error)}`;
  }
}
