import { CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { expect, test } from 'vitest';
import { ownAccount } from '../support/account.ts';

test('a sweep of five trails in a Region stays within the quota of ten reads per second', async () => {
  const account = await ownAccount({ readsPerSecond: 10 });
  for (const Name of ['second', 'third', 'fourth', 'fifth']) {
    await account.outsider.send(new CreateTrailCommand({ Name, S3BucketName: 'org-trail-logs' }));
    await account.outsider.send(new StartLoggingCommand({ Name }));
  }
  await account.trailkeeper(['capture', '--all', '--yes']);
  await account.admin('throttling', { writesPerSecond: null, readsPerSecond: 10 });
  const start = account.calls.length;

  const reports = await account.swept();

  expect(reports.map(({ verdict }) => verdict)).toEqual(Array(5).fill('in-sync'));
  const errors = account.calls.slice(start).map(({ error }) => error);
  expect(errors).not.toContain('ThrottlingException');
});
