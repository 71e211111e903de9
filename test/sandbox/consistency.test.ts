import {
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  ListTrailsCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { describe, expect, test } from 'vitest';
import { inProcess } from '../support/in-process.ts';

// Reads that lag behind writes. The test sets the clock.

describe('with a read lag of one second,', () => {
  test('a stopped trail appears to log for a second, and writes take effect at once', async () => {
    const { cloudtrail, pass } = await lagging(1000);

    await cloudtrail.send(new StopLoggingCommand({ Name }));
    expect(await isLogging(cloudtrail)).toBe(true);
    pass(999);
    expect(await isLogging(cloudtrail)).toBe(true);
    pass(1);
    expect(await isLogging(cloudtrail)).toBe(false);
    await cloudtrail.send(new StartLoggingCommand({ Name }));
    expect(await isLogging(cloudtrail)).toBe(false);
  });

  test('every read returns the state of the same time', async () => {
    const { cloudtrail, pass } = await lagging(1000);
    const answers = async () => {
      const { Trail } = await cloudtrail.send(new GetTrailCommand({ Name }));
      const { trailList } = await cloudtrail.send(new DescribeTrailsCommand());
      const selectors = await cloudtrail.send(new GetEventSelectorsCommand({ TrailName: Name }));
      const ResourceIdList = [Trail?.TrailARN ?? ''];
      const { ResourceTagList } = await cloudtrail.send(new ListTagsCommand({ ResourceIdList }));
      return { Trail, trailList, selectors: selectors.EventSelectors, ResourceTagList };
    };
    const before = await answers();

    await cloudtrail.send(new UpdateTrailCommand({ Name, S3KeyPrefix: 'elsewhere' }));
    const EventSelectors = [{ ReadWriteType: 'ReadOnly' as const }];
    await cloudtrail.send(new PutEventSelectorsCommand({ TrailName: Name, EventSelectors }));

    expect(await answers()).toEqual(before);
    pass(1000);
    expect(await answers()).toMatchObject({
      Trail: { S3KeyPrefix: 'elsewhere' },
      selectors: [{ ReadWriteType: 'ReadOnly' }],
    });
  });

  test('a deleted trail is found and a new one is not', async () => {
    const { cloudtrail, pass } = await lagging(1000);
    await cloudtrail.send(new DeleteTrailCommand({ Name }));
    await cloudtrail.send(
      new CreateTrailCommand({ Name: 'another', S3BucketName: 'org-trail-logs' }),
    );
    const names = async () =>
      (await cloudtrail.send(new ListTrailsCommand())).Trails?.map((trail) => trail.Name);

    expect(await names()).toEqual([Name]);
    await expect(cloudtrail.send(new DeleteTrailCommand({ Name }))).rejects.toThrow('Unknown');
    pass(1000);
    expect(await names()).toEqual(['another']);
  });

  test('only the given operation lags if one is given', async () => {
    const { cloudtrail } = await lagging(1000, 'GetTrailStatus');

    await cloudtrail.send(new UpdateTrailCommand({ Name, S3KeyPrefix: 'elsewhere' }));
    await cloudtrail.send(new StopLoggingCommand({ Name }));

    const { Trail } = await cloudtrail.send(new GetTrailCommand({ Name }));
    expect(Trail?.S3KeyPrefix).toBe('elsewhere');
    expect(await isLogging(cloudtrail)).toBe(true);
  });
});

const Name = 'org-trail';

type CloudTrail = ReturnType<ReturnType<typeof inProcess>['clientsOf']>['cloudtrail'];

const isLogging = async (cloudtrail: CloudTrail) =>
  (await cloudtrail.send(new GetTrailStatusCommand({ Name }))).IsLogging;

/** A trail that has logged for a minute, with reads that lag from now on. */
async function lagging(lagMs: number, operation = '*') {
  let time = Date.parse('2026-11-22T10:00:00Z');
  const pass = (ms: number) => {
    time += ms;
  };
  const { clientsOf, disruptions } = inProcess(() => new Date(time));
  const { cloudtrail } = clientsOf('owner');
  await cloudtrail.send(new CreateTrailCommand({ Name, S3BucketName: 'org-trail-logs' }));
  await cloudtrail.send(new StartLoggingCommand({ Name }));
  pass(60_000);
  disruptions.consistency = { lagMs, operation };
  return { cloudtrail, pass };
}
