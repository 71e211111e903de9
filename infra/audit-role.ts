import type * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { names } from '#aws/resource-names.ts';
import type { Deployment } from '#deployment/config.ts';
import { arnsOf } from '#deployment/topology.ts';
import { allow, functionRole, incidentRows, putIncidents } from './function-role.ts';
import { justify } from './justify.ts';

/** Reads the stream of the state table and reports each write. */
export function auditRole(
  stack: cdk.Stack,
  deployment: Deployment,
  table: dynamodb.Table,
): iam.Role {
  const isSigned = deployment.signing.keys.length > 0;
  const role = functionRole(stack, 'AuditRole', {
    roleName: names.auditRole,
    description: 'trailkeeper: reads the stream of the state table and reports each write',
    statements: [
      allow(
        ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        [table.tableStreamArn ?? ''],
      ),
      // ListStreams has no resource type. Source: Lambda Developer Guide, "Process DynamoDB records".
      allow(['dynamodb:ListStreams'], ['*']),
      // Without keys, the policy of the table says whether an approver wrote.
      allow(
        ['dynamodb:Query', ...(isSigned ? [] : ['dynamodb:GetResourcePolicy'])],
        [table.tableArn],
      ),
      allow(['events:PutEvents'], [arnsOf(deployment).bus]),
      putIncidents(table),
      allow(['dynamodb:GetItem'], [table.tableArn], incidentRows),
    ],
  });
  justify(role, {
    'IAM5[Resource::*]': 'ListStreams has no resource type, and Lambda needs it to read a stream',
  });
  return role;
}
