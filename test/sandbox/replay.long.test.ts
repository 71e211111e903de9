import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import {
  DescribeArchiveCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import { expect, test } from 'vitest';
import { ownAccount } from '../support/account.ts';

test('a replay from the archive delivers dropped events, and the trail is restored', async () => {
  const account = await ownAccount();
  account.deliver({ drop: false });
  const asCaptured = await account.auditTrail();
  const events = new EventBridgeClient(account.configOf());
  const rule = { Name: 'Trailkeeper-Trail', EventBusName: 'trailkeeper' };
  const startedAt = new Date(Date.now() - 60_000);
  await events.send(new DisableRuleCommand(rule));
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await account.settled();
  expect(await account.auditTrail()).not.toEqual(asCaptured);

  await events.send(new EnableRuleCommand(rule));
  const { ArchiveArn, EventSourceArn } = await events.send(
    new DescribeArchiveCommand({ ArchiveName: 'Trailkeeper-Trail-events' }),
  );
  await events.send(
    new StartReplayCommand({
      ReplayName: 'dropped-events',
      EventSourceArn: ArchiveArn,
      EventStartTime: startedAt,
      EventEndTime: new Date(Date.now() + 60_000),
      Destination: { Arn: EventSourceArn },
    }),
  );
  await account.settled();

  expect(await account.auditTrail()).toEqual(asCaptured);
});
