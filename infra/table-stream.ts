import * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { mappingSettings } from '#deployment/deployed-resources.ts';

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
