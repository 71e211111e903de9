import * as cdk from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { mappingSettings } from '#deployment/deployed-resources.ts';

/** Hands every change of the table to a function, in order, for as long as the stream keeps it. */
export function changesOf(
  table: dynamodb.Table,
  { fn, deadLetters }: { readonly fn: lambda.Function; readonly deadLetters: sqs.IQueue },
): lambda.EventSourceMapping {
  const { BatchSize, BisectBatchOnFunctionError, MaximumRetryAttempts, Filters } = mappingSettings;
  if (table.tableStreamArn === undefined) throw new Error('the table has no stream');
  return new lambda.EventSourceMapping(cdk.Stack.of(table), mappingName, {
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

/** The id of the event source mapping of a stack. */
export const mappingIdIn = (stack: cdk.Stack): string =>
  (stack.node.findChild(mappingName) as lambda.EventSourceMapping).eventSourceMappingId;

const mappingName = 'AuditMapping';
