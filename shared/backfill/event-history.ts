import {
  CloudTrailClient,
  type CloudTrailClientConfig,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from '@aws-sdk/client-cloudtrail';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { perRegion } from '#aws/per-region.ts';
import { requestHandler as usual } from '#aws/request-handler.ts';
import { jsonOrText } from '#text/json-text.ts';
import type { TimeRange } from '#text/time.ts';

/** The calls with one name that one Region recorded. */
export type Lookup = { readonly region: string; readonly eventName: string };

/** Records, the newest first, and the token of the next page; null for the last page. */
export type HistoryPage = { readonly records: readonly unknown[]; readonly next: string | null };

export type EventHistory = {
  page(lookup: Lookup, window: TimeRange, token: string | null): Promise<HistoryPage>;
};

/** CloudTrail's event history of every Region: 90 days of management events, 50 a page. Throws the errors of LookupEvents. */
export function eventHistory(
  options: Pick<CloudTrailClientConfig, 'credentials'> = {},
): EventHistory {
  const clientIn = perRegion((region) => historyClient({ ...options, region }));
  return {
    async page({ region, eventName }, window, token) {
      const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: eventName }];
      const { events, next } = await lookUp(
        clientIn(region),
        { ...window, LookupAttributes },
        token,
      );
      return { records: events.map(({ record }) => jsonOrText(record)), next };
    },
  };
}

/** An event of event history. */
export type HistoryEvent = {
  readonly id: string;
  /** In milliseconds. Event history has whole seconds. */
  readonly at: number;
  /** The record of a log file, as JSON. */
  readonly record: string;
};

/** Events, the newest first, and the token of the next page; null for the last page. */
export type EventPage = { readonly events: readonly HistoryEvent[]; readonly next: string | null };

/** Asks for a page of event history. Both ends belong to the range. */
export async function lookUp(
  client: CloudTrailClient,
  { from, to, ...asked }: TimeRange & Pick<LookupEventsCommandInput, 'LookupAttributes'>,
  token: string | null,
): Promise<EventPage> {
  const { Events = [], NextToken } = await client.send(
    new LookupEventsCommand({
      ...asked,
      StartTime: new Date(from),
      EndTime: new Date(to),
      MaxResults: 50,
      ...(token !== null && { NextToken: token }),
    }),
  );
  const events = Events.map(({ EventId = '', EventTime, CloudTrailEvent = '' }) => ({
    id: EventId,
    at: EventTime?.getTime() ?? Number.NaN,
    record: CloudTrailEvent,
  }));
  return { events, next: NextToken || null };
}

/** A client that is patient with LookupEvents. */
export const historyClient = (
  options: Pick<CloudTrailClientConfig, 'credentials'> & { readonly region: string },
): CloudTrailClient => new CloudTrailClient({ ...options, retryStrategy, requestHandler });

/** A throttled lookup is retried every second: responders share the quota of two lookups a second. */
const retryStrategy = new ConfiguredRetryStrategy(5, 1000);

/** In milliseconds. A lookup in a busy account can take half a minute. */
const requestHandler = { ...usual, requestTimeout: 45_000 };
