import { type CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import type { Trail } from '#trail/trail-arn.ts';

/**
 * The ARNs of the principals that created a trail in the last 90 days, the retention of event history. At most 200 CreateTrail events are
 * read. Throws the errors of LookupEvents.
 */
export async function creatorsOf(client: CloudTrailClient, trail: Trail): Promise<string[]> {
  const creators: string[] = [];
  let left = 4;
  const byName = { AttributeKey: 'EventName', AttributeValue: 'CreateTrail' } as const;
  const query = { LookupAttributes: [byName] };
  for await (const { Events = [] } of paginateLookupEvents({ client, pageSize: 50 }, query)) {
    creators.push(
      ...Events.flatMap(({ CloudTrailEvent = '' }) => creatorIn(CloudTrailEvent, trail)),
    );
    left -= 1;
    if (left === 0) break;
  }
  return creators;
}

function creatorIn(text: string, { arn }: Trail): string[] {
  try {
    const { userIdentity, responseElements } = JSON.parse(text);
    const creator: unknown = userIdentity?.arn;
    return responseElements?.trailARN === arn && typeof creator === 'string' ? [creator] : [];
  } catch {
    return [];
  }
}
