import { UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { DisableAWSServiceAccessCommand } from '@aws-sdk/client-organizations';
import { DeleteTopicCommand } from '@aws-sdk/client-sns';
import { beforeEach, describe, expect, test } from 'vitest';
import type { TrailReport } from '#incident/controller-deps.ts';
import { testAccount } from '../support/account.ts';

/** What the trail depends on and the organization are read every five minutes, and when a call can change them. */
const account = testAccount();

beforeEach(async () => {
  await account.reset();
  await account.swept();
});

const deleteTopic = () =>
  account.clientsOf().sns.send(
    new DeleteTopicCommand({
      TopicArn: 'arn:aws:sns:us-east-1:111122223333:org-trail-delivered',
    }),
  );
const disableAccess = () =>
  account
    .clientsOf()
    .organizations.send(
      new DisableAWSServiceAccessCommand({ ServicePrincipal: 'cloudtrail.amazonaws.com' }),
    );

/** The finding of one kind in a sweep that follows the last one immediately. */
async function findingAtOnce(kind: string) {
  const { result } = (await account.sweep()) as {
    readonly result: { readonly trails: readonly TrailReport[] };
  };
  return findingIn(result.trails[0], kind);
}

const findingIn = (report: TrailReport | undefined, kind: string) =>
  report && 'outcome' in report
    ? report.outcome.plan.findings.find((finding) => finding.kind === kind)
    : undefined;

describe('without an event', () => {
  test('a deleted topic is reported within five minutes', async () => {
    await deleteTopic();
    expect(await findingAtOnce('topic')).toMatchObject({ status: 'in-sync' });

    const [report] = await account.swept();

    expect(findingIn(report, 'topic')).toMatchObject({ status: 'drifted' });
  });

  test('drift is read by every sweep until it ends', async () => {
    await deleteTopic();
    await account.swept();

    expect(await findingAtOnce('topic')).toMatchObject({ status: 'drifted' });
  });

  test('trusted access is restored by the next sweep, to which AWS refuses to restore the trail', async () => {
    const asCaptured = await account.auditTrail();
    await disableAccess();

    await account.sweep();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });

  test('a changed setting is restored by a sweep that reads only the trail', async () => {
    const asCaptured = await account.auditTrail();
    await account.outsider.send(new UpdateTrailCommand({ Name: account.trail, S3KeyPrefix: 'x' }));

    await account.sweep();

    expect(await account.auditTrail()).toEqual(asCaptured);
  });
});

test.each([
  ['deletes a topic', deleteTopic, 'drifted'],
  ['disables trusted access', disableAccess, 'restored'],
])('the event of a call that %s causes an immediate check', async (_, change, state) => {
  account.deliver({ drop: false });
  await change();
  await account.settled();

  expect(await account.incidents()).toMatchObject([{ state }]);
});
