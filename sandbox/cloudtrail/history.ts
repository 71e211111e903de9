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

  const has = matcher(input.LookupAttributes);
  const found = world.history
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

function matcher(attributes: unknown): (record: CloudTrailRecord) => boolean {
  const given = list(attributes);
  if (given.length === 0) return () => true;
  const [{ AttributeKey = '', AttributeValue } = {}] = given as Record<string, string>[];
  const member = { EventId: 'eventID', EventName: 'eventName', EventSource: 'eventSource' }[
    AttributeKey
  ];
  if (given.length > 1 || member === undefined) {
    throw new AwsError(
      'InvalidLookupAttributesException',
      'One lookup attribute, and in the sandbox one of EventId, EventName, EventSource.',
    );
  }
  return (record) => record[member] === AttributeValue;
}

const eventOf = (record: CloudTrailRecord) => ({
  EventId: record.eventID,
  EventName: record.eventName,
  EventTime: new Date(record.eventTime),
  EventSource: String(record.eventSource),
  ReadOnly: String(record.readOnly),
  CloudTrailEvent: JSON.stringify(record),
});
