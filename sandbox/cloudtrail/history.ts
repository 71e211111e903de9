import { createHash } from 'node:crypto';
import type { LookupEventsResponse } from '@aws-sdk/client-cloudtrail';
import * as z from 'zod';
import { AwsError, type Call } from '../service.ts';
import type { World } from '../world.ts';
import { list } from './input.ts';
import { eventResources } from './record-resources.ts';
import type { CloudTrailRecord } from './record-type.ts';

/**
 * Event history: the records of the caller's account and Region of the last 90 days, newest first, subject to the
 * delay. A page token continues where its page ended, even if records were added, and is valid only for the same
 * request. Source: API reference, LookupEvents.
 */
export function lookupEvents(call: Call, world: World): LookupEventsResponse {
  const { input, principal, region, at } = call;
  const { StartTime = 0, EndTime = Number.POSITIVE_INFINITY, NextToken } = input;
  if (Number(StartTime) > Number(EndTime)) {
    throw new AwsError('InvalidTimeRangeException', 'StartTime must be before EndTime.');
  }
  const size = Number(input.MaxResults ?? 50);
  if (!(size >= 1 && size <= 50)) {
    throw new AwsError('InvalidMaxResultsException', 'MaxResults must be from 1 to 50.');
  }
  const after = NextToken === undefined ? null : positionIn(NextToken, call);

  // The API model has only the category insight; the sandbox creates no Insights events.
  const { EventCategory } = input;
  if (EventCategory !== undefined && EventCategory !== 'insight') {
    throw new AwsError('InvalidEventCategoryException', `Unknown event category: ${EventCategory}`);
  }

  const has = matcher(input.LookupAttributes);
  const [oldest, newest] = [at.getTime() - ninetyDays, at.getTime() - world.historyLag.ms];
  const history = EventCategory === undefined ? world.history : [];
  const isHere = ({ recipientAccountId, awsRegion }: CloudTrailRecord): boolean =>
    recipientAccountId === principal.accountId && awsRegion === region;
  const found = history
    .flatMap((record, index): Placed | [] =>
      isHere(record) ? { record, time: Date.parse(record.eventTime), index } : [],
    )
    .filter(({ time }) => time >= oldest && time <= newest)
    .filter(({ time }) => time >= Number(StartTime) * 1000 && time <= Number(EndTime) * 1000)
    .filter(({ record }) => has(record))
    .toSorted((one, other) => (isNewer(one, other) ? -1 : 1))
    .filter((one) => after === null || isNewer(after, one));
  const page = found.slice(0, size);
  const last = page.at(-1);
  return {
    Events: page.map(({ record }) => eventOf(record)),
    ...(last && found.length > size && { NextToken: tokenOf(last, call) }),
  };
}

const ninetyDays = 90 * 24 * 60 * 60 * 1000;

/** The position of a record: its time, then its order of arrival. */
type Position = { readonly time: number; readonly index: number };
type Placed = Position & { readonly record: CloudTrailRecord };

const isNewer = (one: Position, other: Position): boolean =>
  one.time === other.time ? one.index > other.index : one.time > other.time;

const tokenOf = ({ time, index }: Position, call: Call): string =>
  Buffer.from(JSON.stringify({ time, index, call: digestOf(call) })).toString('base64url');

function positionIn(token: unknown, call: Call): Position {
  try {
    const found = position.parse(JSON.parse(Buffer.from(String(token), 'base64url').toString()));
    if (found.call === digestOf(call)) return found;
  } catch {}
  throw new AwsError('InvalidNextTokenException', `Invalid NextToken: ${token}`);
}

const position = z.object({ time: z.number(), index: z.int(), call: z.string() });

/** The values that a token is bound to: the caller's account, the Region and the request without its token. */
function digestOf({ input: { NextToken: _, ...input }, principal, region }: Call): string {
  const asked = [principal.accountId, region, Object.entries(input).toSorted()];
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url');
}

function matcher(asked: unknown): (record: CloudTrailRecord) => boolean {
  const given = list(asked);
  if (given.length === 0) return () => true;
  const [{ AttributeKey = '', AttributeValue } = {}] = given as Record<string, string>[];
  const attribute = attributes.get(AttributeKey);
  if (given.length > 1 || attribute === undefined) {
    throw new AwsError(
      'InvalidLookupAttributesException',
      `Exactly one lookup attribute is required: one of ${[...attributes.keys()].join(', ')}.`,
    );
  }
  return (record) => [attribute(record)].flat().includes(AttributeValue);
}

/** The lookup attributes. */
const attributes: ReadonlyMap<string, (record: CloudTrailRecord) => unknown> = new Map([
  ['EventId', ({ eventID }) => eventID],
  ['EventName', ({ eventName }) => eventName],
  ['EventSource', ({ eventSource }) => eventSource],
  ['ReadOnly', ({ readOnly }) => String(readOnly)],
  ['Username', (record) => identityOf(record).userName],
  ['AccessKeyId', (record) => identityOf(record).accessKeyId],
  ['ResourceName', (record) => eventResources(record).map((one) => one.ResourceName)],
  ['ResourceType', (record) => eventResources(record).map((one) => one.ResourceType)],
]);

/** Event history names a session by the last part of its ARN. */
function identityOf({ userIdentity }: CloudTrailRecord) {
  const { userName, arn, accessKeyId } = userIdentity as Record<string, string | undefined>;
  return { userName: userName ?? arn?.split(/[/:]/).at(-1), accessKeyId };
}

const eventOf = (record: CloudTrailRecord) => ({
  EventId: record.eventID,
  EventName: record.eventName,
  EventTime: new Date(record.eventTime),
  EventSource: String(record.eventSource),
  ReadOnly: String(record.readOnly),
  Username: identityOf(record).userName,
  AccessKeyId: identityOf(record).accessKeyId,
  Resources: [...eventResources(record)],
  CloudTrailEvent: JSON.stringify(record),
});
