import type { LookupEventsResponse } from '@aws-sdk/client-cloudtrail';
import { AwsError, type Call } from '../service.ts';
import type { World } from '../world.ts';
import { list } from './input.ts';
import type { CloudTrailRecord } from './record.ts';

/** Event history: the records of the caller's account and Region, newest first. Source: API reference, LookupEvents. */
export function lookupEvents(
  { input, principal, region }: Call,
  world: World,
): LookupEventsResponse {
  const { StartTime = 0, EndTime = Number.POSITIVE_INFINITY, NextToken } = input;
  if (Number(StartTime) > Number(EndTime)) {
    throw new AwsError('InvalidTimeRangeException', 'StartTime must be before EndTime.');
  }
  const size = Number(input.MaxResults ?? 50);
  if (!(size >= 1 && size <= 50)) {
    throw new AwsError('InvalidMaxResultsException', 'MaxResults must be from 1 to 50.');
  }
  const from = Number(NextToken ?? 0);
  if (!Number.isInteger(from)) throw new AwsError('InvalidNextTokenException', `${NextToken}`);

  // The model knows the category insight alone; nothing here makes Insights events.
  const { EventCategory } = input;
  if (EventCategory !== undefined && EventCategory !== 'insight') {
    throw new AwsError('InvalidEventCategoryException', `Unknown event category: ${EventCategory}`);
  }

  const has = matcher(input.LookupAttributes);
  const history = EventCategory === undefined ? world.history : [];
  const found = history
    .filter((one) => one.recipientAccountId === principal.accountId && one.awsRegion === region)
    .filter((one) => {
      const seconds = Date.parse(one.eventTime) / 1000;
      return seconds >= Number(StartTime) && seconds <= Number(EndTime);
    })
    .filter(has)
    .reverse();
  const next = from + size;
  return {
    Events: found.slice(from, next).map(eventOf),
    ...(next < found.length ? { NextToken: String(next) } : {}),
  };
}

function matcher(asked: unknown): (record: CloudTrailRecord) => boolean {
  const given = list(asked);
  if (given.length === 0) return () => true;
  const [{ AttributeKey = '', AttributeValue } = {}] = given as Record<string, string>[];
  const attribute = attributes.get(AttributeKey);
  if (given.length > 1 || attribute === undefined) {
    throw new AwsError(
      'InvalidLookupAttributesException',
      `One lookup attribute, and in the sandbox one of ${[...attributes.keys()].join(', ')}.`,
    );
  }
  return (record) => attribute(record) === AttributeValue;
}

/** What an event can be looked up by. Which resources AWS derives from a record is not documented. */
const attributes: ReadonlyMap<string, (record: CloudTrailRecord) => unknown> = new Map([
  ['EventId', ({ eventID }) => eventID],
  ['EventName', ({ eventName }) => eventName],
  ['EventSource', ({ eventSource }) => eventSource],
  ['ReadOnly', ({ readOnly }) => String(readOnly)],
  ['Username', (record) => identityOf(record).userName],
  ['AccessKeyId', (record) => identityOf(record).accessKeyId],
]);

/** A session goes by its own name, as event history shows it: the last part of the ARN. */
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
  CloudTrailEvent: JSON.stringify(record),
});
