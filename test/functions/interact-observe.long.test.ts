import { StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { expect, test } from 'vitest';
import { deployment } from '#sandbox/seed.ts';
import { messageText } from '#sandbox/slack/message-text.ts';
import type { SlackMessage } from '#sandbox/slack/workspace.ts';
import { testAccount } from '../support/account.ts';
import { sendTo, signed } from '../support/slack-requests.ts';

const approvers = { U0ALICE: 'arn:aws:iam::111122223333:user/alice' };

const account = testAccount({
  mode: 'observe',
  deployment: {
    channels: { ...deployment.channels, slack: { channel: 'C0SANDBOX', approvers } },
  },
});

test('in mode observe a person asks for the restore, and gets the command', async () => {
  account.deliver({ ...account.perfectDelivery, drop: false });
  await account.outsider.send(new StopLoggingCommand({ Name: account.trail }));
  await account.settled();
  const messages = (await account.slack()) as readonly SlackMessage[];
  const button = messages
    .flatMap(({ blocks }) => blocks as readonly Block[])
    .flatMap(({ elements = [] }) => elements)
    .findLast(({ action_id }) => action_id === 'restore');
  const payload = {
    ...{ type: 'block_actions', user: { id: 'U0ALICE' }, trigger_id: 't' },
    response_url: 'https://hooks.slack.com/actions/T0/1/x',
    actions: [{ action_id: button?.action_id, value: button?.value }],
  };

  expect(await sendTo(account, signed({ payload: JSON.stringify(payload) }))).toBe(200);

  const answers = await (await fetch(`${account.endpoint}/_sandbox/slack-answers`)).json();
  expect(answers).toMatchObject([
    { text: expect.stringMatching(/npx --no -- trailkeeper restore arn:\S+:trail\/org-trail$/) },
  ]);
  expect(await account.incidents()).toMatchObject([
    { state: 'drifted', actions: [{ type: 'restore' }] },
  ]);
  const thread = (await account.slack()).flatMap((one) => messageText(one)).join('\n');
  expect(thread).toMatch(/restore asked for by alice \(Slack user U0ALICE\)/);
});

type Block = { readonly elements?: readonly { action_id?: string; value?: string }[] };
