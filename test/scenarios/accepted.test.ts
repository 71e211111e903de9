import { AddTagsCommand } from '@aws-sdk/client-cloudtrail';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Account, startAccount } from '../support/account.ts';

let account: Account;
beforeAll(async () => {
  account = await startAccount();
  account.deliver({ ...account.perfectDelivery, drop: false });
});
afterAll(() => account.stop());

test('drift that is captured in a maintenance window is accepted as a version by its author', async () => {
  await account.trailkeeper([
    ...['window', 'start', account.trail, '--kinds', 'tags', '--for', '1h'],
    ...['--reason', 'new tags', '--yes'],
  ]);
  const TagsList = [{ Key: 'team', Value: 'platform' }];
  await account.outsider.send(new AddTagsCommand({ ResourceId: account.trail, TagsList }));
  await account.settled();
  await account.swept();
  expect(await account.incidents()).toMatchObject([{ state: 'suspended' }]);

  await account.trailkeeper(['capture', account.trail, '--reason', 'new tags', '--yes']);
  await account.swept();
  await account.settled();

  expect(await account.incidents()).toMatchObject([
    { state: 'resolved', episodes: [{ resolution: 'accepted' }] },
  ]);
  const alerts = JSON.stringify(await account.slack());
  expect(alerts).toMatch(/accepted as version 2 of the baseline by \w+/);
  expect(alerts).not.toContain('someone else did');
});
