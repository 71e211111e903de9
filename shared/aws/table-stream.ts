import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { Row } from './state-table.ts';

/** A row of the state table that was written or deleted. `before` or `after` is null if there was or is none. */
export type RowChange = {
  readonly id: string;
  /** ISO 8601, to the second. */
  readonly at: string;
  readonly pk: string;
  readonly sk: string;
  readonly before: Row | null;
  readonly after: Row | null;
};

/** A batch of the stream that Lambda discarded before it was reported. */
export type LostChanges = { readonly from: string; readonly to: string; readonly count: number };

/**
 * The rows in a stream's payload, or what Lambda reports of a discarded batch; null for any other payload.
 * Sources: DynamoDB developer guide, "DynamoDB Streams and AWS Lambda triggers"; Lambda developer guide, "Retain discarded records".
 */
export function parseStreamEvent(event: unknown): readonly RowChange[] | LostChanges | null {
  const batch = streamBatch.safeParse(event);
  if (batch.success) return batch.data.Records.map(changeOf);
  const lost = discarded.safeParse(event);
  if (!lost.success) return null;
  const { approximateArrivalOfFirstRecord: from, approximateArrivalOfLastRecord: to } =
    lost.data.DDBStreamBatchInfo;
  return { from, to, count: lost.data.DDBStreamBatchInfo.batchSize };
}

function changeOf({ eventID, dynamodb }: z.infer<typeof record>): RowChange {
  const { Keys, OldImage, NewImage, ApproximateCreationDateTime: seconds } = dynamodb;
  const { pk, sk } = rowOf(Keys) ?? {};
  return {
    id: eventID,
    at: new Date(seconds * 1000).toISOString(),
    pk: String(pk),
    sk: String(sk),
    before: rowOf(OldImage),
    after: rowOf(NewImage),
  };
}

/** Numbers stay text: one that JavaScript cannot hold must not make the batch unreadable. */
const rowOf = (image: unknown): Row | null =>
  image === undefined
    ? null
    : unmarshall(image as Record<string, AttributeValue>, { wrapNumbers: true });

const image = z.record(z.string(), z.unknown());
const record = z.object({
  eventID: z.string(),
  dynamodb: z.object({
    Keys: image,
    OldImage: image.optional(),
    NewImage: image.optional(),
    ApproximateCreationDateTime: z.number(),
  }),
});
const streamBatch = z.object({ Records: z.array(record) });
const discarded = z.object({
  DDBStreamBatchInfo: z.object({
    approximateArrivalOfFirstRecord: z.string(),
    approximateArrivalOfLastRecord: z.string(),
    batchSize: z.number(),
  }),
});
