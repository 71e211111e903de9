import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { expect, test } from 'vitest';
import { readLagMs } from '#reconcile/read-back.ts';
import { testAccount } from '../support/account.ts';

const account = testAccount({ readLagMs });

test('with lagging reads, an attack and the event of our own write cost few reads', async () => {
  await account.admin('consistency', { lagMs: 1000 });
  account.deliver({ drop: false });
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await account.settled();

  const reads = account.calls.filter(
    ({ service, operation, principal }) =>
      service === 'cloudtrail' &&
      principal.includes('Trailkeeper-') &&
      /^(Get|List)/.test(operation),
  );
  expect(reads.length).toBeLessThan(50);
});
