import { type AccountRegion, names, roleArn } from '#aws/resource-names.ts';
import { deliveryKeys, incidentKeys } from '#aws/state-table-keys.ts';

/**
 * The resource policy of the state table. It denies every write of an item, except to the approvers and, for the rows of incidents and
 * deliveries, to the functions. So only approvers write baselines, retirements and maintenance windows. A denial applies to
 * administrators, too; who may call `dynamodb:DeleteResourcePolicy` can remove it.
 * Source: DynamoDB Developer Guide, "Using resource-based policies for DynamoDB".
 */
export function tablePolicy(
  at: AccountRegion,
  table: string,
  approvers: readonly string[],
): TablePolicy {
  const functions = functionRoles.map((name) => roleArn(at, name));
  const denied = { Effect: 'Deny', Principal: '*', Action: writes, Resource: table } as const;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'OthersWriteNothing',
        ...denied,
        Condition: { ArnNotLike: { 'aws:PrincipalArn': [...approvers, ...functions] } },
      },
      {
        Sid: 'FunctionsWriteNoBaseline',
        ...denied,
        Condition: {
          ArnNotLike: { 'aws:PrincipalArn': approvers },
          'ForAnyValue:StringNotLike': {
            'dynamodb:LeadingKeys': [incidentKeys, deliveryKeys].map((prefix) => `${prefix}*`),
          },
        },
      },
    ],
  };
}

export type TablePolicy = {
  readonly Version: '2012-10-17';
  readonly Statement: readonly [Denial, Denial];
};

type Denial = {
  readonly Sid: string;
  readonly Effect: 'Deny';
  readonly Principal: '*';
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
};

const functionRoles = [
  names.alertRole,
  names.auditRole,
  names.reconcileRole,
  names.selfCheckRole,
] as const;

/** The actions that write items; transactions are authorized as these. Source: Service Authorization Reference, Amazon DynamoDB. */
const writes = [
  'dynamodb:BatchWriteItem',
  'dynamodb:DeleteItem',
  'dynamodb:PartiQLDelete',
  'dynamodb:PartiQLInsert',
  'dynamodb:PartiQLUpdate',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
] as const;
