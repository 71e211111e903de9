import { setTimeout } from 'node:timers/promises';
import {
  CreateTrailCommand,
  DeleteTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Aws } from '#aws/clients.ts';
import { incidentKeys } from '#aws/state-table-keys.ts';
import type { Baseline } from '#baseline/baseline.ts';
import { baselineStore } from '#baseline/baseline-store.ts';
import { unsigned } from '#baseline/signing/signer.ts';
import { kinds } from '#drift/index.ts';
import type { LoggingInterruption } from '#gaps/logging-interruption.ts';
import { lookForFlip } from '#incident/detect-interruption.ts';
import { type CheckpointStore, checkpointStore } from '#incident/logging-checkpoint-store.ts';
import type { Mode } from '#reconcile/outcome.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { type Account, startAccount } from '../support/account.ts';

// Logging that is turned off and on again between two looks, no event of it arriving.

let account: Account;
let watermarks: CheckpointStore;
let baseline: Baseline;

beforeAll(async () => {
  account = await startAccount();
  watermarks = checkpointStore(account.table, account.tableName);
  const guarded = await baselineStore(account.table, account.tableName, kinds, unsigned).find(
    arn(),
  );
  if (guarded === null || !('baseline' in guarded)) throw new Error('the trail is not guarded');
  baseline = guarded.baseline;
});
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true });
});
afterAll(() => account.stop());

describe('a stop that was undone before anybody looked', () => {
  test('is told once, with when the log was blind', async () => {
    await look();
    const { stoppedAt, startedAt } = await flip();
    const start = account.calls.length;

    const told = await look();

    expect(told).toStrictEqual([
      { how: 'stopped', from: stoppedAt, isFromKnown: true, to: startedAt },
    ]);
    expect(account.calls.slice(start).filter(({ operation }) => isWrite(operation))).toEqual([]);
    expect(await look()).toStrictEqual([]);
  });

  test('is told in mode observe, too', async () => {
    await look({ mode: 'observe' });
    const { startedAt } = await flip();

    expect(await look({ mode: 'observe' })).toMatchObject([{ to: startedAt }]);
  });

  test('is told of a trail that was made again, and not where its deletion had been seen', async () => {
    const { outsider, trail: Name } = account;
    const makeAgain = async () => {
      const { name } = parseTrailArn(Name);
      await outsider.send(new CreateTrailCommand({ Name: name, S3BucketName: 'org-trail-logs' }));
      await outsider.send(new StartLoggingCommand({ Name }));
    };
    await look({ mode: 'observe' });
    await outsider.send(new DeleteTrailCommand({ Name }));
    await look({ mode: 'observe' });
    await makeAgain();
    expect(await look({ mode: 'observe' })).toStrictEqual([]);

    await outsider.send(new DeleteTrailCommand({ Name }));
    await makeAgain();
    expect(await look({ mode: 'observe' })).toMatchObject([{ how: 'made-again' }]);
  });

  test('is told by the first look after the capture', async () => {
    const { stoppedAt, startedAt } = await flip();

    expect(await look()).toMatchObject([{ how: 'stopped', from: stoppedAt, to: startedAt }]);
  });

  test('is told although somebody spoiled what was kept, or deleted it', async () => {
    for (const watermark of [undefined, 'no JSON', '{"watermark":{"IsLogging":1}}', 7]) {
      await look();
      const { startedAt } = await flip();
      await account.table.send(
        new PutCommand({
          TableName: account.tableName,
          Item: { pk: 'incident#watermark', sk: account.trail, ...(watermark && { watermark }) },
        }),
      );

      expect(await look()).toMatchObject([{ to: startedAt }]);
      expect(await look()).toStrictEqual([]);
    }
  });

  test('is told again by the next look, if it could not be told', async () => {
    await look();
    const { startedAt } = await flip();
    const tell = async () => {
      throw new Error('nobody listens');
    };

    await expect(look({ tell })).rejects.toThrow('nobody listens');

    expect(await look()).toMatchObject([{ to: startedAt }]);
  });

  test('is told beside the stop that followed it', async () => {
    await look();
    const { startedAt } = await flip();
    await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));

    expect(await look()).toMatchObject([{ how: 'stopped', isFromKnown: false, to: startedAt }]);
    expect(await look()).toStrictEqual([]);
  });
});

test('a stop that was undone is told though the first look at the trail failed', async () => {
  await look();
  const { startedAt } = await flip();
  await account.fault({
    service: 'cloudtrail',
    operation: 'GetTrailStatus',
    error: 'AccessDeniedException',
    times: 2,
  });

  expect(await look()).toStrictEqual([]);
  expect(await look()).toMatchObject([{ to: startedAt }]);
});

describe('a trail that was deleted and made again before anybody looked', () => {
  test('is told, with when it began to log', async () => {
    await look();
    await remake();
    const { StartLoggingTime } = await status();

    const told = await look();

    expect(told).toMatchObject([
      { how: 'made-again', isFromKnown: false, to: StartLoggingTime?.toISOString() },
    ]);
    expect(await look()).toStrictEqual([]);
  });
});

describe('a start of ours is no flip:', () => {
  const stop = () => account.outsider.send(new StopLoggingCommand({ Name: account.trail }));

  test('after a stop that we saw', async () => {
    await look();
    await stop();

    expect([await look(), await look()]).toStrictEqual([[], []]);
    expect((await status()).IsLogging).toBe(true);
  });

  test('after a deletion that we saw', async () => {
    await look();
    await account.outsider.send(new DeleteTrailCommand({ Name: account.trail }));

    expect([await look(), await look()]).toStrictEqual([[], []]);
    expect((await status()).IsLogging).toBe(true);
  });

  test('to another look at the same time', async () => {
    await look();
    await stop();

    expect(await Promise.all([look(), look(), look()])).toStrictEqual([[], [], []]);
    expect(await look()).toStrictEqual([]);
  });

  test('to a look while ours is still under way', async () => {
    await look();
    await stop();
    let meanwhile: readonly LoggingInterruption[] = [];
    await look({
      beforeTheEnd: async () => {
        meanwhile = await look();
      },
    });

    expect([meanwhile, await look()]).toStrictEqual([[], []]);
  });

  test('after a function that was cut short', async () => {
    await look();
    await stop();
    const cutShort = async () => {
      throw new Error('cut short');
    };
    await expect(look({ beforeTheEnd: cutShort })).rejects.toThrow('cut short');

    expect(await look()).toStrictEqual([]);
    expect((await status()).IsLogging).toBe(true);
  });
});

test('a stop that was seen, and undone by somebody else, is told as drift alone', async () => {
  await look({ mode: 'observe' });
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await look({ mode: 'observe' });
  await account.outsider.send(new StartLoggingCommand({ Name: account.trail }));

  expect(await look({ mode: 'observe' })).toStrictEqual([]);
});

test('what is seen is kept where functions may write, and written only when it changes', async () => {
  for (let i = 0; i < 3; i += 1) await look();

  expect(account.calls.filter(({ operation }) => operation === 'PutItem')).toHaveLength(1);
  const pk = 'incident#watermark';
  const { Items } = await account.table.send(
    new QueryCommand({
      TableName: account.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
    }),
  );
  expect(Items).toEqual([{ pk, sk: account.trail, watermark: expect.any(String) }]);
  expect(pk.startsWith(incidentKeys)).toBe(true);
});

test('nothing that was kept is lost to who writes at the same time', async () => {
  const starts = Array.from({ length: 8 }, (_, i) => ({
    from: `2026-01-01T00:00:0${i}Z`,
    to: null,
  }));

  await Promise.all(
    starts.map((start) =>
      watermarks.change(arn(), ({ ownStarts, ...kept }) => ({
        ...kept,
        ownStarts: [...ownStarts, start],
      })),
    ),
  );

  const { ownStarts } = await watermarks.find(arn());
  expect(ownStarts.toSorted((one, other) => (one.from < other.from ? -1 : 1))).toEqual(starts);
});

const arn = () => parseTrailArn(account.trail).arn;

const isWrite = (operation: string) => !/^(Get|List|Head|Describe|PutItem)/.test(operation);

const status = () => account.outsider.send(new GetTrailStatusCommand({ Name: account.trail }));

type LookOptions = {
  readonly mode?: Mode;
  readonly tell?: (flip: LoggingInterruption) => Promise<void>;
  readonly beforeTheEnd?: () => Promise<void>;
};

/** One look of trailkeeper, with the repairs that it asks for; gives the flips that it told. */
async function look({ mode = 'enforce', tell, beforeTheEnd }: LookOptions = {}) {
  const now = () => new Date();
  const { onPlan, onObservation, end } = lookForFlip(baseline, { mode, watermarks, now });
  const outcome = await reconcile(baseline, {
    kinds,
    aws: clients(),
    mode,
    now,
    readLagMs: 0,
    sleep: (ms) => setTimeout(ms),
    onPlan,
    onObservation,
  });
  await beforeTheEnd?.();
  const told: LoggingInterruption[] = [];
  await end(outcome, tell ?? (async (flip) => void told.push(flip)));
  return told;
}

function clients(): Aws {
  const { cloudtrail, organizations, iam, s3, kms, sns, logs } = account.clientsOf('keeper');
  const sinks = { s3In: () => s3, kmsIn: () => kms, snsIn: () => sns, logsIn: () => logs };
  return { cloudtrail, organizations, iam, ...sinks };
}

/** Mallory stops logging, does what she came for, and starts it; gives when, as CloudTrail will tell it. */
async function flip() {
  const Name = account.trail;
  await account.outsider.send(new StopLoggingCommand({ Name }));
  await account.outsider.send(new GetTrailStatusCommand({ Name }));
  await account.outsider.send(new StartLoggingCommand({ Name }));
  const [stop, start] = ['StopLogging', 'StartLogging'].map((operation) =>
    account.calls.findLast((call) => call.operation === operation),
  );
  return { stoppedAt: stop?.at, startedAt: start?.at };
}

/** Mallory deletes the trail, does what she came for, and makes it again. */
async function remake(): Promise<void> {
  const Name = account.trail;
  await account.outsider.send(new DeleteTrailCommand({ Name }));
  const { name } = parseTrailArn(Name);
  await account.outsider.send(
    new CreateTrailCommand({ Name: name, S3BucketName: 'org-trail-logs' }),
  );
  await account.outsider.send(new StartLoggingCommand({ Name }));
}
