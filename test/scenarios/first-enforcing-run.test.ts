import { AddTagsCommand, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { expect, test } from 'vitest';
import { type Account, startAccount, testAccount } from '../support/account.ts';

// A trail that was captured in observe mode and drifted before the mode was changed to enforce.

const account = testAccount();

async function drift({ outsider, trail }: Account): Promise<void> {
  const TagsList = [{ Key: 'owner', Value: 'mallory' }];
  await outsider.send(new AddTagsCommand({ ResourceId: trail, TagsList }));
  await outsider.send(new StopLoggingCommand({ Name: trail }));
}

test('plan in observe mode shows what the first enforcing sweep restores', async () => {
  const observing = await startAccount({ mode: 'observe' });
  await drift(observing);
  const drifted = await observing.auditTrail();
  await observing.swept();

  const { stdout, code } = await observing.trailkeeper(['plan']);

  expect(code).toBe(2);
  expect(stdout).toContain('to restore: StartLogging, AddTags');
  expect(stdout).toMatch(/mode is observe.*next sweep/);
  expect(await observing.auditTrail()).toEqual(drifted);
});

test('the first enforcing sweep restores earlier drift', async () => {
  const asCaptured = await account.auditTrail();
  await drift(account);

  expect(await account.swept()).toMatchObject([{ verdict: 'restored' }]);
  expect(await account.auditTrail()).toEqual(asCaptured);
});
