import { setTimeout } from 'node:timers/promises';
import { waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { context, dynamodb, eventually, newName } from './fixtures.ts';
import { refusal } from './refusal.ts';

// DynamoDB developer guide, "Using resource-based policies for DynamoDB" [D]; API model [M]; Service Authorization
// Reference [A].

const TableName = newName();
const table = `arn:aws:dynamodb:${context.region}:${context.accountId}:table/${TableName}`;

beforeAll(async () => {
  await dynamodb.createTable({
    TableName,
    AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S' as const,
    })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  });
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 120 }, { TableName });
  return async () => {
    await dynamodb.deleteTable({ TableName });
  };
});

const everyone = `arn:aws:iam::${context.accountId}:*`;
const stranger = 'arn:aws:iam::111111111111:role/stranger';

/** Attaches a policy for one test that denies writes of baselines to all principals except `writer`. */
async function deny(writer: string): Promise<void> {
  const Statement = {
    Effect: 'Deny',
    Principal: '*',
    Action: ['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'],
    Resource: table,
    Condition: {
      ArnNotLike: { 'aws:PrincipalArn': [writer] },
      'ForAnyValue:StringNotLike': { 'dynamodb:LeadingKeys': ['incident#*'] },
    },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  // [D] "Subsequent updates to a policy for a given resource are blocked for 15 seconds".
  await eventually(() => dynamodb.putResourcePolicy({ ResourceArn: table, Policy }));
  onTestFinished(async () => {
    await eventually(() => dynamodb.deleteResourcePolicy({ ResourceArn: table }));
  });
  if (context.patienceMs > 60_000) await setTimeout(30_000);
}

const itemOf = (pk: string) => ({ pk: { S: pk }, sk: { S: 'one' } });
const denied = (call: Promise<unknown>) => refusal(call, 'AccessDeniedException');

describe('a denial in the resource policy of a table', () => {
  test('applies to administrators by partition key [D: rbac-auth-iam-id-based-policies-DDB; A: dynamodb:LeadingKeys]', async () => {
    await deny(stranger);

    await dynamodb.putItem({ TableName, Item: itemOf('incident#one') });
    const { message } = await denied(dynamodb.putItem({ TableName, Item: itemOf('arn:trail') }));

    expect(message).toContain('explicit deny in a resource-based policy');
    await denied(dynamodb.deleteItem({ TableName, Key: itemOf('arn:trail') }));
  });

  test('applies to a whole batch with one such key [A: BatchWriteItem, dynamodb:LeadingKeys; U]', async () => {
    await deny(stranger);
    const batch = ['incident#two', 'arn:trail'].map((pk) => ({
      PutRequest: { Item: itemOf(pk) },
    }));

    await denied(dynamodb.batchWriteItem({ RequestItems: { [TableName]: batch } }));

    const { Item } = await dynamodb.getItem({ TableName, Key: itemOf('incident#two') });
    expect(Item).toBeUndefined();
  });

  test('does not apply to the principals that its condition excludes', async () => {
    await deny(everyone);

    await dynamodb.putItem({ TableName, Item: itemOf('arn:trail') });
  });
});

describe('the resource policy of a table', () => {
  test('is returned as it was attached', async () => {
    await deny(stranger);

    const { Policy = '' } = await dynamodb.getResourcePolicy({ ResourceArn: table });

    expect(JSON.parse(Policy).Statement[0]).toMatchObject({ Effect: 'Deny', Resource: table });
  });

  test('that does not exist cannot be read [M: PolicyNotFoundException]', async () => {
    await refusal(dynamodb.getResourcePolicy({ ResourceArn: table }), 'PolicyNotFoundException');
  });

  test('that does not exist can be deleted [M: "idempotent operation"]', async () => {
    await dynamodb.deleteResourcePolicy({ ResourceArn: table });
  });
});
