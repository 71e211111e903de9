import { StopLoggingCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { DisableKeyCommand } from '@aws-sdk/client-kms';
import { DeleteTopicCommand } from '@aws-sdk/client-sns';
import { expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import { reconcile } from '#reconcile/reconcile.ts';
import { capturedBaseline } from '../support/captured-baseline.ts';
import { dependencyAccount, KeyId, TopicArn } from '../support/key-and-topic.ts';

/** A trail that was stopped, and whose key and topic cannot be used. */
async function broken() {
  const account = await dependencyAccount();
  const { clientsOf, mallory, trail } = account;
  const aws = clientsOf('trailkeeper');
  const now = () => new Date();
  const captured = await capturedBaseline(aws, trail, now());
  const baseline = { ...captured, policy: { key: 'restore', topic: 'restore' } } as const;
  await account.kms.send(new DisableKeyCommand({ KeyId }));
  await account.sns.send(new DeleteTopicCommand({ TopicArn }));
  await mallory.cloudtrail.send(new StopLoggingCommand({ Name: trail.arn }));
  return {
    ...account,
    captured: captured.states,
    states: async () => (await capturedBaseline(aws, trail, now())).states,
    restore: () =>
      reconcile(baseline, {
        kinds,
        aws,
        mode: 'enforce',
        now,
        sleep: async () => {},
        readLagMs: 0,
      }),
  };
}

test('logging is started before what the trail depends on is restored', async () => {
  const account = await broken();
  const start = account.calls.length;

  await account.restore();

  expect(account.writesSince(start)).toEqual(['StartLogging', 'EnableKey', 'CreateTopic']);
  expect(await account.states()).toEqual(account.captured);
});

test('nothing is logged before the settings of the trail are restored, which need what it depends on', async () => {
  const account = await broken();
  const { arn: Name } = account.trail;
  await account.mallory.cloudtrail.send(
    new UpdateTrailCommand({
      Name,
      S3BucketName: 'attacker-bucket',
      KmsKeyId: '',
      SnsTopicName: '',
    }),
  );
  const start = account.calls.length;

  await account.restore();

  expect(account.writesSince(start)).toEqual([
    ...['EnableKey', 'CreateTopic', 'UpdateTrail', 'StartLogging'],
  ]);
});
