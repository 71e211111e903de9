import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { deployment } from '#sandbox/seed.ts';
import { testAccount } from '../support/account.ts';
import { sendTo, signed } from '../support/slack-requests.ts';

// Baselines are not signed here, so a maintenance window needs no signature, either.

const approvers = { U0ALICE: 'arn:aws:iam::111122223333:user/alice' };

const account = testAccount({
  mode: 'enforce',
  deployment: {
    channels: { ...deployment.channels, slack: { channel: 'C0SANDBOX', approvers } },
    signing: {},
  },
});

let forms = 0;

async function submit(values: object, form = `V0${++forms}`): Promise<void> {
  const state = { on: { trail: account.trail }, answerUrl: null };
  const view = { id: form, callback_id: 'start-window', private_metadata: JSON.stringify(state) };
  const payload = {
    ...{ type: 'view_submission', user: { id: 'U0ALICE' }, trigger_id: randomUUID() },
    view: { ...view, state: { values } },
  };
  const request = signed({ payload: JSON.stringify(payload) });
  expect(await sendTo(account, request)).toBe(200);
}

const asked = (kinds: readonly string[], minutes: string) => ({
  kinds: { kinds: { selected_options: kinds.map((value) => ({ value })) } },
  minutes: { minutes: { selected_option: { value: minutes } } },
  reason: { reason: { value: 'CHG-2' } },
});

const windows = async () => (await account.trailkeeper(['window', 'list'])).stdout;

test('a person starts a maintenance window in Slack', async () => {
  await submit(asked(['tags'], '60'));

  expect(await windows()).toMatch(/org-trail .* tags, by .*alice \(Slack user U0ALICE\) \(CHG-2\)/);
});

test('a form that is submitted twice starts one window', async () => {
  await submit(asked(['aggregation'], '60'), 'V0TWICE');
  await submit(asked(['aggregation'], '60'), 'V0TWICE');

  expect((await windows()).match(/aggregation/g)).toHaveLength(1);
});

test('a form that is submitted several times at once starts one window', async () => {
  const values = asked(['event-selectors'], '60');
  await Promise.all(Array.from({ length: 6 }, () => submit(values, 'V0SEVERAL')));

  expect((await windows()).match(/event-selectors/g)).toHaveLength(1);
});

test.each([
  ['of logging, which stays protected', asked(['logging'], '60')],
  ['that is longer than the limit', asked(['settings'], '1440')],
])('a window %s is not started', async (_what, values) => {
  await submit(values);

  expect(await windows()).not.toMatch(/logging|settings/);
});
