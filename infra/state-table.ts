import * as cdk from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { names } from '#aws/resource-names.ts';
import { expiresAt } from '#aws/state-table-keys.ts';
import type { Deployment } from '#deployment/config.ts';
import { mappingSettings } from '#deployment/deployed-resources.ts';
import { tablePolicyOf } from '#deployment/signing-config.ts';

/**
 * The state table. It is retained when the stack is deleted, and a new stack can take it over by its name. Only a first deployment
 * that is rolled back deletes it: the empty table would block the next attempt (docs/decisions/0004). Its key is AWS's own, because a
 * customer key can be disabled.
 */
export function stateTable(stack: cdk.Stack, deployment: Deployment): dynamodb.Table {
  const table = new dynamodb.Table(stack, 'State', {
    tableName: names.table,
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    encryption: dynamodb.TableEncryption.DEFAULT,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: stack.terminationProtection,
    removalPolicy: cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    timeToLiveAttribute: expiresAt,
    // CloudTrail does not record writes to a table as management events, so the audit function reads the stream.
    stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
  });
  const policyDocument = tablePolicyOf(deployment);
  // The CDK's own policy documents are rewritten at synth, and the self-check compares this one as it is.
  (table.node.defaultChild as dynamodb.CfnTable).resourcePolicy = { policyDocument };
  return table;
}

/** Sends every write to the table to a function, in order. */
export function auditMapping(
  table: dynamodb.Table,
  { fn, deadLetters }: { readonly fn: lambda.Function; readonly deadLetters: sqs.IQueue },
): lambda.EventSourceMapping {
  const { BatchSize, BisectBatchOnFunctionError, MaximumRetryAttempts, Filters } = mappingSettings;
  if (table.tableStreamArn === undefined) throw new Error('the state table has no stream');
  return new lambda.EventSourceMapping(cdk.Stack.of(table), 'AuditMapping', {
    target: fn,
    eventSourceArn: table.tableStreamArn,
    startingPosition: lambda.StartingPosition.TRIM_HORIZON,
    batchSize: BatchSize,
    bisectBatchOnError: BisectBatchOnFunctionError,
    retryAttempts: MaximumRetryAttempts,
    filters: Filters.map((pattern) => ({ pattern })),
    onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
  });
}
