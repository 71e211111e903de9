import { DescribeTrailsCommand, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { eventHistoryTemplate } from '#deployment/event-history-template.ts';
import { deployEventHistoryRoles } from '#sandbox/event-history-roles.ts';
import { sessionOf } from '#sandbox/principal.ts';
import { inProcess } from '../support/in-process.ts';

const member = '333344445555';
const RoleArn = `arn:aws:iam::${member}:role/Trailkeeper-EventHistory`;

/** The organization with the role in each member account, and the access key of a session of the role. */
function organization() {
  const account = inProcess();
  deployEventHistoryRoles(account.world);
  const assume = async (caller: string) => {
    account.addSession(sessionOf(caller, 'test', 'caller'));
    const sts = new STSClient(account.configOf('caller'));
    const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' });
    const { Credentials } = await sts.send(command);
    return account.clientsOf(Credentials?.AccessKeyId ?? '');
  };
  return { assume };
}

const recover = 'arn:aws:iam::111122223333:role/Trailkeeper-Recover';

describe('the role in member accounts', () => {
  test('lets the function that recovers events read event history', async () => {
    const { cloudtrail } = await organization().assume(recover);

    expect(await cloudtrail.send(new LookupEventsCommand({}))).toMatchObject({ Events: [] });
  });

  test('allows nothing else', async () => {
    const { cloudtrail } = await organization().assume(recover);

    await expect(cloudtrail.send(new DescribeTrailsCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test.each([
    ['another role of the main account', 'arn:aws:iam::111122223333:role/Trailkeeper-Reconcile'],
    ['a role of that name in another account', recover.replace('111122223333', '444455556666')],
    ['a role of the member account', `arn:aws:iam::${member}:role/Trailkeeper-Recover`],
  ])('cannot be assumed by %s', async (_, caller) => {
    await expect(organization().assume(caller)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

test('the template of a release asks for the main account', () => {
  expect(eventHistoryTemplate(null).Parameters.MainAccount).not.toHaveProperty('Default');
});
