import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type { TimeRange } from '#gaps/history.ts';

/** The calls of one name, as one Region recorded them. */
export type Lookup = { readonly region: string; readonly eventName: string };

/** Records, the newest first, and where the next page begins; null after the last one. */
export type HistoryPage = { readonly records: readonly unknown[]; readonly next: string | null };

export type EventHistory = {
  page(lookup: Lookup, window: TimeRange, token: string | null): Promise<HistoryPage>;
};

/** CloudTrail's event history of every Region: 90 days of management events, 50 a page. A call is one page. */
export function eventHistory(): EventHistory {
  const made = new Map<string, CloudTrailClient>();
  const clientIn = (region: string): CloudTrailClient => {
    const client =
      made.get(region) ?? new CloudTrailClient({ region, retryStrategy, requestHandler });
    made.set(region, client);
    return client;
  };
  return {
    async page({ region, eventName }, { from, to }, token) {
      const { Events = [], NextToken } = await clientIn(region).send(
        new LookupEventsCommand({
          LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: eventName }],
          StartTime: new Date(from),
          EndTime: new Date(to),
          MaxResults: 50,
          ...(token !== null && { NextToken: token }),
        }),
      );
      const records = Events.map(({ CloudTrailEvent = '' }) => parsed(CloudTrailEvent));
      return { records, next: NextToken || null };
    },
  };
}

/** A record is JSON in a text; one that is not is left as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A throttled lookup is tried again every second: the quota of two a second is shared with anyone who looks into the incident. */
const retryStrategy = new ConfiguredRetryStrategy(5, 1000);

/** In milliseconds. Lookups in busy accounts were seen to take half a minute. */
const requestHandler = {
  connectionTimeout: 2000,
  requestTimeout: 45_000,
  throwOnRequestTimeout: true,
};
