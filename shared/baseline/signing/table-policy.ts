import { type AccountRegion, names, roleArn } from '#aws/resource-names.ts';
import { deliveryKeys, incidentKeys, windowEndPk, windowPk } from '#aws/state-table-keys.ts';

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
  windows: WindowRights = 'none',
): TablePolicy {
  const functions = functionRoles.map((name) => roleArn(at, name));
  const interact = windows === 'none' ? [] : [roleArn(at, names.interactRole)];
  const denied = { Effect: 'Deny', Principal: '*', Action: writes, Resource: table } as const;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'OthersWriteNothing',
        ...denied,
        Condition: {
          ArnNotLike: { 'aws:PrincipalArn': [...approvers, ...functions, ...interact] },
        },
      },
      {
        Sid: 'FunctionsWriteNoBaseline',
        ...denied,
        Condition: {
          ArnNotLike: { 'aws:PrincipalArn': [...approvers, ...interact] },
          'ForAnyValue:StringNotLike': {
            'dynamodb:LeadingKeys': [incidentKeys, deliveryKeys].map((prefix) => `${prefix}*`),
          },
        },
      },
      ...interact.map((role) => ({
        Sid: 'SlackWritesNoBaseline',
        ...denied,
        Condition: {
          ArnLike: { 'aws:PrincipalArn': [role] },
          'ForAnyValue:StringNotLike': {
            'dynamodb:LeadingKeys': [
              `${incidentKeys}*`,
              windowEndPk,
              ...(windows === 'start' ? [windowPk] : []),
            ],
          },
        },
      })),
    ],
  };
}

/** Whether the function that answers Slack may end maintenance windows, or start them, too: only if they need no signature. */
export type WindowRights = 'none' | 'end' | 'start';

export type TablePolicy = {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Denial[];
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
