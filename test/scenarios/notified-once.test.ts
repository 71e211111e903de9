import {
  DeleteTrailCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';

// From the API call to the alert: the deployed functions, the bus between them, and Slack.

const account = testAccount();
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: false, lambdaRetryMs: 10 });
});

const Name = 'org-trail';
const stop = () => account.outsider.send(new StopLoggingCommand({ Name }));

/** The first messages of threads, which announce something new. */
const threads = async (): Promise<readonly string[]> =>
  (await account.slack())
    .filter(({ threadTs }) => threadTs === null)
    .map((message) => JSON.stringify(message));

describe('one attack is one thread', () => {
  test('that names the actor and says that the trail was restored', async () => {
    await stop();
    await account.settled();

    const [message, ...others] = await threads();
    expect(message).toMatch(/mallory/);
    expect(message).toMatch(/[Rr]estored/);
    expect(others).toEqual([]);
  });

  test('that says which events are lost, as stored in the incident and shown by the CLI', async () => {
    await stop();
    await account.settled();

    const [incident] = await account.incidents();
    expect(incident).toMatchObject({
      gaps: [
        {
          ...{ kind: 'logging', path: 'IsLogging', isOpen: false },
          ...{ from: incident?.cause?.at, to: incident?.episodes[0]?.resolvedAt },
          startedBy: { eventName: 'StopLogging' },
          recoverability: { recoverable: { events: 'management' } },
        },
      ],
    });
    const left = 'recoverable: management events';
    expect((await threads()).join()).toContain(left);
    const { stdout } = await account.trailkeeper(['incidents', String(incident?.id)]);
    expect(stdout).toContain(left);
  });

  test('even if its event is repeated and sweeps follow', async () => {
    account.deliver({ duplicate: true });
    await account.outsider.send(new DeleteTrailCommand({ Name }));
    await account.settled();
    await account.swept();
    await account.settled();

    expect(await threads()).toHaveLength(1);
  });

  test('even if a sweep reverted it before its event arrived', async () => {
    account.deliver({ paused: true });
    await stop();
    await account.swept();
    account.deliver({ paused: false });
    await account.settled();

    const [message, ...others] = await threads();
    expect(message).toMatch(/mallory/);
    expect(others).toEqual([]);
  });
});

test('an alert that the bus refused is sent by the next sweep', async () => {
  const down = { operation: 'PutEvents', error: 'InternalFailure', times: 100 };
  account.deliver({ drop: true });
  await account.fault({ service: 'events', ...down });
  await stop();
  const { error } = (await account.sweep()) as { error?: unknown };
  expect(error).toBeDefined();
  expect(await threads()).toEqual([]);

  await account.clearFaults();
  await account.swept();
  await account.settled();

  expect(await threads()).toHaveLength(1);
});

test('a call by someone else with trailkeeper’s role is reported', async () => {
  await stop();
  await account.settled();
  const ownEvent = account.invocations
    .map(({ payload }) => payload as { detail?: Record<string, unknown> })
    .find(({ detail }) => detail?.eventName === 'StartLogging');
  const known = await threads();
  const requestID = '0d1f6a5e-1111-4222-8333-944455566677';
  const eventID = '1d1f6a5e-1111-4222-8333-944455566677';
  const eventTime = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
  await account.invoke({
    ...ownEvent,
    detail: { ...ownEvent?.detail, requestID, eventID, eventTime },
  });
  await account.settled();

  const [reported, ...others] = (await threads()).filter((message) => !known.includes(message));
  expect(reported).toMatch(/Trailkeeper-Reconcile/);
  expect(others).toEqual([]);
});

test('a failed call is reported as an attempt', async () => {
  const nowhere = { Name, S3BucketName: 'no-such-bucket' };
  await expect(account.outsider.send(new UpdateTrailCommand(nowhere))).rejects.toThrow();
  await account.settled();

  const [message] = await threads();
  expect(message).toMatch(/S3BucketDoesNotExist/);
});
