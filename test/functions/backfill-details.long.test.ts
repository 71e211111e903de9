import {
  CreateTrailCommand,
  DeleteTrailCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
} from '@aws-sdk/client-cloudtrail';
import { DisableKeyCommand } from '@aws-sdk/client-kms';
import { DisableAWSServiceAccessCommand } from '@aws-sdk/client-organizations';
import { DeleteTopicCommand } from '@aws-sdk/client-sns';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readReport } from '#backfill/client.ts';
import type { BackfillState } from '#backfill/job-state.ts';
import { testAccount } from '../support/account.ts';
import { ago, backfillsOf, callsOnOtherTrails, closed, pause } from '../support/backfill.ts';
import { trailCalls } from '../support/trail-calls.ts';

const account = testAccount();

let backfills: ReturnType<typeof backfillsOf>;

let asCaptured: unknown;

beforeAll(async () => {
  backfills = backfillsOf(account);
  asCaptured = await account.auditTrail();
});

beforeEach(() => backfills.reset());

const { stop, start, update } = trailCalls(account);

describe('a change to a trail', () => {
  test('by a call on one of its destinations is reported, but not by calls on others', async () => {
    const { SnsTopicARN, KmsKeyId } = (await account.auditTrail()) as Record<string, string>;
    await account.kms.send(new DisableKeyCommand({ KeyId: KmsKeyId }));
    await account.clientsOf().sns.send(new DeleteTopicCommand({ TopicArn: SnsTopicARN }));
    const elsewhere = SnsTopicARN?.replace('org-trail-delivered', 'someone-elses');
    await account.clientsOf().sns.send(new DeleteTopicCommand({ TopicArn: elsewhere }));
    await backfills.age(90);

    const { trails } = await backfills.report(closed());

    const reported = trails.flatMap(({ calls }) =>
      calls.map(({ eventName, by }) => [eventName, by]),
    );
    expect(reported.toSorted()).toEqual([
      ['DeleteTopic', 'mallory (IAMUser) from 198.51.100.23'],
      ['DisableKey', 'mallory (IAMUser) from 198.51.100.23'],
    ]);
  });

  test('is searched in every home Region and the Region of Organizations', async () => {
    const west = account.clientOf('mallory', 'eu-central-1');
    const { TrailARN = '' } = await west.send(
      new CreateTrailCommand({ Name: 'west', S3BucketName: 'org-trail-logs' }),
    );
    await west.send(new StartLoggingCommand({ Name: 'west' }));
    expect(await account.trailkeeper(['capture', TrailARN, '--yes'])).toMatchObject({ code: 0 });
    await backfills.age(24 * 60);
    await west.send(new StopLoggingCommand({ Name: 'west' }));
    const { organizations } = account.clientsOf();
    const ServicePrincipal = 'cloudtrail.amazonaws.com';
    await organizations.send(new DisableAWSServiceAccessCommand({ ServicePrincipal }));
    await backfills.age(90);

    const { trails } = await backfills.report(closed());

    expect(
      trails.map(({ trail, calls }) => [
        trail,
        calls.map(({ eventName, region }) => `${eventName} ${region}`).toSorted(),
      ]),
    ).toEqual([
      [TrailARN, ['DisableAWSServiceAccess us-east-1', 'StopLogging eu-central-1']],
      [account.trail, ['DisableAWSServiceAccess us-east-1']],
    ]);
    // The trail of a single account loses no events without the organization.
    expect(trails.map(({ gaps }) => gaps.map(({ kind }) => kind))).toEqual([
      ['logging'],
      ['organization'],
    ]);
  });

  test('is found on any page of event history', async () => {
    await backfills.age(30);
    await account.admin('event-history', { records: callsOnOtherTrails(120) });
    await account.outsider.send(
      new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'elsewhere' }),
    );
    await account.admin('event-history', { records: callsOnOtherTrails(60) });
    await backfills.age(90);

    const { trails } = await backfills.report(closed());

    const pages = backfills
      .lookups()
      .filter(({ input }) => JSON.stringify(input).includes('"UpdateTrail"'));
    expect(pages).toHaveLength(4);
    expect(trails[0]?.calls.map(({ eventName }) => eventName)).toEqual(['UpdateTrail']);
  });

  test('that failed counts as an attempt without impact', async () => {
    await account.fault({ service: 'cloudtrail', operation: 'StopLogging', error: 'AccessDenied' });
    await stop().catch(() => {});
    await backfills.age(90);

    const { trails } = await backfills.report(closed());

    expect(trails[0]).toMatchObject({
      calls: [{ eventName: 'StopLogging', drifts: [], cause: { error: { code: 'AccessDenied' } } }],
      gaps: [],
    });
  });

  test('by a delegated administrator is known from its incident, with its gap', async () => {
    account.deliver({ drop: false });
    await account.clientOf('222233334444').send(new StopLoggingCommand({ Name: account.trail }));
    await account.settled();
    expect(await account.auditTrail()).toEqual(asCaptured);

    const { trails } = await backfills.report({ from: ago(60), to: ago(0) });

    expect(trails[0]?.calls.map(({ eventName }) => eventName)).toContain('StopLogging');
    expect(trails[0]?.calls.find(({ eventName }) => eventName === 'StopLogging')).toMatchObject({
      cause: { principal: { accountId: '222233334444' } },
      drifts: [{ severity: 'critical', reverted: { by: { eventName: 'StartLogging' } } }],
    });
    expect(trails[0]?.gaps).toMatchObject([{ kind: 'logging', isCertain: true, isOpen: false }]);
    expect(trails[0]?.unknown.join()).toContain('event history of 222233334444 in us-east-1');
  });

  test('that was reverted without a known call is known from the trail’s status', async () => {
    const delegate = account.clientOf('222233334444');
    await account.swept();
    await pastSecond();
    await delegate.send(new StopLoggingCommand({ Name: account.trail }));
    await pastSecond();
    await delegate.send(new StartLoggingCommand({ Name: account.trail }));
    await account.swept();

    const { trails } = await backfills.report({ from: ago(60), to: ago(0) });

    expect(trails[0]?.calls).toEqual([]);
    expect(trails[0]?.gaps).toMatchObject([{ kind: 'trail', isCertain: true, isOpen: false }]);
  });

  test('is reported as made before the capture', async () => {
    await account.outsider.send(new DeleteTrailCommand({ Name: 'org-trail' }));
    await account.outsider.send(
      new CreateTrailCommand({ Name: 'org-trail', S3BucketName: 'org-trail-logs' }),
    );
    await start();
    await backfills.age(5);
    await account.outsider.send(
      new PutEventSelectorsCommand({
        TrailName: 'org-trail',
        EventSelectors: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }],
      }),
    );
    await backfills.age(90);

    const { trails } = await backfills.report(closed());

    expect(trails[0]?.unknown.join()).toMatch(
      /version 1 of the baseline was captured at .*: earlier/,
    );
    expect(trails[0]?.gaps.map(({ kind, path }) => `${kind}.${path}`)).toEqual(
      expect.arrayContaining(['settings.IsMultiRegionTrail', 'event-selectors.EventSelectors']),
    );
  });

  test('is unknown for a trail with an invalid baseline, but its calls are reported', async () => {
    const { TrailARN = '' } = await account.outsider.send(
      new CreateTrailCommand({ Name: 'second', S3BucketName: 'org-trail-logs' }),
    );
    const Item = { pk: 'incident#in-force', sk: TrailARN };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item }));
    await backfills.age(24 * 60);
    await account.outsider.send(new StopLoggingCommand({ Name: TrailARN }));
    await backfills.age(90);

    const { trails } = await backfills.report({ ...closed(), trails: [TrailARN] });

    expect(trails).toMatchObject([
      {
        version: null,
        calls: [{ eventName: 'StopLogging' }],
        unknown: [expect.stringMatching(/its baseline cannot be used/)],
        now: {
          verdict: 'broken',
          found: [expect.stringMatching(/npx --no -- trailkeeper capture/)],
        },
      },
    ]);
  });
});

describe('a trail that is still drifted', () => {
  test('has no cause if its calls were reverted', async () => {
    const { S3BucketName } = asCaptured as Record<string, string>;
    await update({ S3KeyPrefix: 'elsewhere' });
    await backfills.age(90);
    await update({ S3BucketName: 'attacker-bucket' });
    await backfills.age(10);
    await account
      .clientOf('222233334444')
      .send(new UpdateTrailCommand({ Name: account.trail, S3BucketName }));

    const { trails } = await backfills.report({ from: ago(60), to: ago(0), mode: 'enforce' });

    expect(trails[0]?.calls.map(({ eventName }) => eventName)).toEqual(['UpdateTrail']);
    expect(trails[0]?.now).toMatchObject({ verdict: 'restored', applied: ['UpdateTrail'] });
    const restored = (await account.incidents()).filter(({ state }) => state === 'restored');
    expect(restored).toMatchObject([{ cause: null }]);
  });

  test('is reported as restored with the error if publishing the incident fails', async () => {
    await stop();
    await backfills.age(90);
    const refused = { operation: 'PutEvents', error: 'AccessDeniedException', times: 99 };
    await account.fault({ service: 'events', ...refused });

    const { trails, text } = await backfills.report({ ...closed(), mode: 'enforce' });

    expect(await account.auditTrail()).toEqual(asCaptured);
    expect(trails[0]?.now).toMatchObject({
      verdict: 'restored',
      found: ['logging.IsLogging is false, must be true'],
      left: [],
      applied: ['StartLogging'],
      problem: expect.stringMatching(/AccessDenied/),
    });
    expect(text.join('\n')).toMatch(/applied: StartLogging\n +failed: .*AccessDenied/);
  });

  test('is reported as restored in a report that is built again', async () => {
    await stop();
    await backfills.age(90);
    const payload = { ...closed(), mode: 'enforce' };
    const first = await backfills.report(payload);
    const row = (await rows()).find(({ sk }) => /^2.*#state$/.test(String(sk)));
    const state = JSON.parse(String(row?.state)) as BackfillState;
    const unsaved = { ...row, state: JSON.stringify({ ...state, status: 'running', parts: 0 }) };
    await account.table.send(new PutCommand({ TableName: account.tableName, Item: unsaved }));

    await backfills.invokeLater({
      ...state.request,
      trails: undefined,
      resume: true,
    });
    await account.settled();

    const again = await readReport(backfills.client, state.key);
    expect(again?.report?.trails[0]?.now).toEqual(first.trails[0]?.now);
    expect(again?.report?.trails[0]?.now.applied).toEqual(['StartLogging']);
  });

  test('that cannot be restored is reported as such, and the report is completed', async () => {
    await update({ S3KeyPrefix: 'elsewhere' });
    await backfills.age(90);
    const refused = { operation: 'UpdateTrail', error: 'InsufficientS3BucketPolicyException' };
    await account.fault({ service: 'cloudtrail', ...refused, times: 9 });

    const { trails } = await backfills.report({ ...closed(), mode: 'enforce' });

    expect(trails[0]?.now).toMatchObject({
      applied: ['UpdateTrail failed: InsufficientS3BucketPolicyException'],
      left: [expect.stringMatching(/S3KeyPrefix is "elsewhere"/)],
    });
    expect(trails[0]?.now.verdict).not.toBe('restored');
  });
});

/** Waits for the next second, because records have no finer times. */
async function pastSecond(): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) === now) await pause();
}

async function rows(): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await account.table.send(
    new QueryCommand({
      TableName: account.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': 'incident#backfill' },
    }),
  );
  return Items;
}
