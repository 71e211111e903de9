import { DeleteLogGroupCommand, PutMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { topicArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { backfillsOf, closed } from '../support/backfill.ts';
import { captureWith } from '../support/capture.ts';
import { group, kmsKeyId, RoleName, resourceArn } from '../support/log-attacks.ts';

// A repair of more calls than a truncated record lists.

const account = testAccount({
  deployment: {
    dependencies: [
      { arn: 'arn:aws:s3:::org-trail-logs', account: '222233334444' },
      { arn: kmsKeyId },
      { arn: topicArn },
      { arn: resourceArn, restore: true },
      { arn: `arn:aws:iam::111122223333:role/${RoleName}` },
    ],
  },
});

/** CloudWatch Logs allows no more on a log group. */
const filters = Array.from({ length: 100 }, (_, i) => ({
  ...group,
  filterName: `filter-${i}`,
  filterPattern: `"${'x'.repeat(1000)}"`,
  metricTransformations: [{ metricName: `Metric${i}`, metricNamespace: 'Trail', metricValue: '1' }],
}));

test('a backfill names each of more than a hundred calls that repaired the trail', async () => {
  const backfills = backfillsOf(account);
  await backfills.reset();
  const { logs } = account.clientsOf('111122223333');
  for (const filter of filters) await logs.send(new PutMetricFilterCommand(filter));
  await captureWith(account, { 'log-group': 'restore' });
  await account.clientsOf('mallory').logs.send(new DeleteLogGroupCommand(group));

  const { trails, text } = await backfills.report({ ...closed(), mode: 'enforce' });

  expect(trails[0]?.now).toMatchObject({
    verdict: 'restored',
    applied: ['CreateLogGroup', ...filters.map(() => 'PutMetricFilter')],
  });
  expect(text.join('\n')).not.toContain('undefined');
});
