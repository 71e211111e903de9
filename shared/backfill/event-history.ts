import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { perRegion } from '#aws/per-region.ts';
import type { TimeRange } from '#gaps/history.ts';

/** The calls with one name that one Region recorded. */
export type Lookup = { readonly region: string; readonly eventName: string };

/** Records, the newest first, and the token of the next page; null for the last page. */
export type HistoryPage = { readonly records: readonly unknown[]; readonly next: string | null };

export type EventHistory = {
  page(lookup: Lookup, window: TimeRange, token: string | null): Promise<HistoryPage>;
};

/** CloudTrail's event history of every Region: 90 days of management events, 50 a page. Throws the errors of LookupEvents. */
export function eventHistory(): EventHistory {
  const clientIn = perRegion(
    (region) => new CloudTrailClient({ region, retryStrategy, requestHandler }),
  );
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

/** A record as JSON. Text that is no JSON stays as it is, and is reported as unreadable. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A throttled lookup is retried every second: responders share the quota of two lookups a second. */
const retryStrategy = new ConfiguredRetryStrategy(5, 1000);

/** In milliseconds. A lookup in a busy account can take half a minute. */
const requestHandler = {
  connectionTimeout: 2000,
  requestTimeout: 45_000,
  throwOnRequestTimeout: true,
};
