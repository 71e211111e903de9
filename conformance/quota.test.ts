import type { CloudTrail } from '@aws-sdk/client-cloudtrail';
import { describe, expect, test } from 'vitest';
import { cloudtrail, context, create, elsewhere, eventually, removeTrail } from './fixtures.ts';
import { refusal } from './refusal.ts';

describe('a sixth trail [D: "Quotas in AWS CloudTrail"]', () => {
  const error = 'MaximumNumberOfTrailsExceededException';

  test('is refused in a Region and accepted after one was deleted', async () => {
    const made = await fill(cloudtrail);

    const { message } = await refusal(create(), error);
    await removeTrail(made.at(-1));

    // Message: linz/geostore#1450.
    expect(message).toBe(`User: ${context.accountId} already has 5 trails in ${context.region}.`);
    await create();
  });

  test('is refused in a Region that shadow trails have filled [M: "irrespective of the Region"]', async () => {
    const { TrailARN } = await create({ IsMultiRegionTrail: true });
    await eventually(async () => {
      const { trailList = [] } = await elsewhere.cloudtrail.describeTrails({});
      expect(trailList.map((trail) => trail.TrailARN)).toContain(TrailARN);
    });
    await fill(elsewhere.cloudtrail);

    await refusal(create({}, elsewhere.cloudtrail), error);
  });
});

/** Creates trails until a Region has five, and returns the ARNs of the created ones. */
async function fill(client: CloudTrail): Promise<readonly string[]> {
  const { trailList = [] } = await client.describeTrails({});
  const made: string[] = [];
  while (trailList.length + made.length < 5) {
    const { TrailARN = '' } = await create({}, client);
    made.push(TrailARN);
  }
  return made;
}
