import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Delivery } from './delivery.ts';
import type { ItemChange } from './dynamodb.ts';
import { matchesPattern } from './event-pattern.ts';
import { authorize } from './iam.ts';
import { failureReason } from './lambda/async-invoke.ts';
import { findFunction, type Lambda } from './lambda/run.ts';
import { sessionOf } from './principal.ts';
import type { Sqs } from './sqs.ts';
import { streamArn } from './template.ts';
import type { Mapping, World } from './world.ts';

export type TableStreams = {
  /** Adds a change to the stream of its table. */
  record(change: ItemChange): void;
  isBusy(): boolean;
  /** Waits until every record was delivered or abandoned. */
  settled(): Promise<void>;
};

export type TableStreamsOptions = {
  readonly world: World;
  readonly lambda: Pick<Lambda, 'invoke'>;
  readonly sqs: Pick<Sqs, 'send'>;
  readonly delivery: () => Delivery;
};

type StreamRecord = {
  readonly eventID: string;
  readonly at: Date;
  readonly [member: string]: unknown;
};

/**
 * Table streams and their delivery to functions: in order, in batches, with the permissions of the function's role. A
 * batch that fails is halved and retried according to the mapping, then abandoned. Source: Lambda developer guide,
 * "Using AWS Lambda with Amazon DynamoDB".
 */
export function tableStreams(options: TableStreamsOptions): TableStreams {
  const { world, delivery } = options;
  const waiting: { readonly source: string; readonly record: StreamRecord }[] = [];
  let number = 0;
  let reading: Promise<void> | null = null;

  return {
    record(change) {
      if (delivery().dropStreams) return;
      number += 1;
      waiting.push({ source: streamArn(change.tableArn), record: recordOf(change, number) });
      reading ??= read()
        .catch(console.error)
        .finally(() => {
          reading = null;
        });
    },
    isBusy: () => reading !== null,
    async settled() {
      while (reading !== null) await reading;
    },
  };

  async function read(): Promise<void> {
    // The caller gets its response before the stream delivers the record.
    await setTimeout(0);
    while (waiting.length > 0) {
      const records = waiting.splice(0);
      for (const mapping of world.mappings.values()) {
        const ours = records.filter(({ source }) => source === mapping.EventSourceArn);
        await handOver(
          ours.map(({ record }) => record),
          mapping,
          options,
        );
      }
    }
  }
}

async function handOver(
  records: readonly StreamRecord[],
  mapping: Mapping,
  options: TableStreamsOptions,
): Promise<void> {
  if (mapping.State !== 'Enabled' || !(await mayRead(mapping, options))) return;
  const wanted = records.filter((record) => passes(record, mapping));
  for (let start = 0; start < wanted.length; start += mapping.BatchSize) {
    await deliverBatch(wanted.slice(start, start + mapping.BatchSize), mapping, options, 0);
  }
}

/** Halving a batch does not count as a retry. */
async function deliverBatch(
  batch: readonly StreamRecord[],
  mapping: Mapping,
  options: TableStreamsOptions,
  attempt: number,
): Promise<void> {
  const { lambda, delivery } = options;
  const Records = batch.map(({ at: _, ...record }) => record);
  const problem = await failureReason(() => lambda.invoke(mapping.FunctionArn, { Records }));
  if (problem === null) return;
  if (mapping.BisectBatchOnFunctionError && batch.length > 1) {
    const half = Math.ceil(batch.length / 2);
    await deliverBatch(batch.slice(0, half), mapping, options, attempt);
    await deliverBatch(batch.slice(half), mapping, options, attempt);
    return;
  }
  if (attempt === mapping.MaximumRetryAttempts) return giveUp(batch, mapping, options);
  await setTimeout(delivery().lambdaRetryMs);
  await deliverBatch(batch, mapping, options, attempt + 1);
}

async function giveUp(
  batch: readonly StreamRecord[],
  mapping: Mapping,
  { world, sqs }: TableStreamsOptions,
): Promise<void> {
  const destination = mapping.DestinationConfig?.OnFailure?.Destination;
  if (destination === undefined) return;
  const need = { action: 'sqs:SendMessage', resource: destination };
  await authorize(world, roleOf(mapping, world), [need]);
  sqs.send(destination, {
    requestContext: {
      requestId: randomUUID(),
      functionArn: `${mapping.FunctionArn}:$LATEST`,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: mapping.MaximumRetryAttempts + 1,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId: 'shardId-00000000000000000000-sandbox',
      startSequenceNumber: String(batch[0]?.eventID),
      endSequenceNumber: String(batch.at(-1)?.eventID),
      approximateArrivalOfFirstRecord: batch[0]?.at.toISOString(),
      approximateArrivalOfLastRecord: batch.at(-1)?.at.toISOString(),
      batchSize: batch.length,
      streamArn: mapping.EventSourceArn,
    },
  });
}

/** The permissions that the function's role needs. Source: Lambda developer guide, "Process DynamoDB records". */
const mayRead = (mapping: Mapping, { world }: TableStreamsOptions): Promise<boolean> =>
  authorize(world, roleOf(mapping, world), [
    ...['DescribeStream', 'GetRecords', 'GetShardIterator'].map((action) => ({
      action: `dynamodb:${action}`,
      resource: mapping.EventSourceArn,
    })),
    { action: 'dynamodb:ListStreams', resource: '*' },
  ]).then(
    () => true,
    () => false,
  );

function roleOf({ FunctionArn }: Mapping, world: World) {
  const [, { name, configuration }] = findFunction(world, FunctionArn);
  return sessionOf(configuration.Role, name, 'lambda');
}

function passes(record: StreamRecord, { FilterCriteria }: Mapping): boolean {
  const filters = FilterCriteria?.Filters ?? [];
  return (
    filters.length === 0 ||
    filters.some(({ Pattern }) => matchesPattern(JSON.parse(Pattern), record))
  );
}

function recordOf({ tableArn, keys, before, after }: ItemChange, number: number): StreamRecord {
  const at = new Date();
  return {
    at,
    eventID: randomUUID().replaceAll('-', ''),
    eventName: before === null ? 'INSERT' : after === null ? 'REMOVE' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: tableArn.split(':')[3],
    eventSourceARN: streamArn(tableArn),
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(at.getTime() / 1000),
      Keys: keys,
      ...(after && { NewImage: after }),
      ...(before && { OldImage: before }),
      SequenceNumber: String(number).padStart(21, '0'),
      SizeBytes: JSON.stringify([keys, before, after]).length,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}
