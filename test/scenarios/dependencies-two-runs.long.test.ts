import { beforeEach, expect, test } from 'vitest';
import type { Attack } from '#sandbox/attack.ts';
import { dependencyAttacks } from '#sandbox/attacks.ts';
import { auditDependencies } from '#sandbox/audit-dependencies.ts';
import { bucketAttacks, bucketDeletion } from '#sandbox/bucket-attacks.ts';
import { delegate, logKeyArn, topicArn } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';

// A sweep and the function of the event find the same drift of a dependency at the same time.

const bucket = 'org-trail-logs';

const account = testAccount({ restoresDependencies: true });
beforeEach(async () => {
  await account.reset();
  account.recycle();
  await account.fiveMinutesPass();
});

const attacks: readonly Pick<Attack, 'id' | 'title' | 'as' | 'call'>[] = [
  ...dependencyAttacks.filter(({ reportOnly }) => !reportOnly),
  // The statements of others are not restored.
  ...[...bucketAttacks, bucketDeletion]
    .filter(({ fields }) => !fields.includes('OtherStatements'))
    .map(({ call, ...attack }) => ({
      ...attack,
      as: delegate,
      call: (clients: Parameters<typeof call>[0]) => call(clients, bucket),
    })),
];

test.each(attacks)('$id, Mallory $title: one incident, which is restored', async (attack) => {
  account.deliver({ drop: false, lambdaRetryMs: 10, paused: true });
  await attack.call(account.clientsOf(attack.as), account.trail);
  const attacked = await dependencies();

  account.deliver({ paused: false });
  await Promise.all([account.sweep(), account.settled()]);
  await account.settled();

  expect(await dependencies()).not.toEqual(attacked);
  expect((await account.incidents()).map(({ state }) => state)).toEqual(['restored']);
});

/** All that the trail depends on, as their owners see it. */
function dependencies(): Promise<unknown> {
  const [owner, archive] = [account.clientsOf(account.account), account.clientsOf(delegate)];
  return auditDependencies({
    bucket: { s3: archive.s3, name: bucket },
    key: { kms: owner.kms, arn: logKeyArn },
    topic: { sns: owner.sns, arn: topicArn },
    logGroup: { logs: owner.logs, name: 'org-trail' },
    logRole: { iam: owner.iam, name: 'org-trail-to-cloudwatch-logs' },
  });
}
