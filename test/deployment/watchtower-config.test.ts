import { expect, test } from 'vitest';
import { parseDeployment } from '#deployment/config.ts';
import { publicPem } from '#sandbox/kms-signing.ts';
import { ownKeyArn } from '#sandbox/seed.ts';
import { least } from '../support/synthesized.ts';

const whole = {
  ...least,
  mode: 'enforce',
  trails: [`arn:aws:cloudtrail:${least.region}:${least.account}:trail/org-trail`],
  signing: { keys: [publicPem(ownKeyArn)] },
  watchtower: { account: '444455556666', restore: true },
};

test('the watchtower may restore named trails from signed baselines', () => {
  expect(parseDeployment(whole).watchtower).toMatchObject({ restore: true });
});

const watches = (slack: object) => ({
  watchtower: { ...whole.watchtower, channels: { slack } },
});

test.each([
  ['account: must be another account', { watchtower: { account: least.account } }],
  ['emails: must be a list', { watchtower: { account: '444455556666', emails: 'a@b.example' } }],
  [
    'channels.slack.approvers.alice: must be the ID of a Slack user',
    watches({ approvers: { alice: 'arn:aws:iam::111122223333:user/alice' } }),
  ],
  [
    'channels.slack.approvers: must be left out',
    watches({ approvers: { U0ALICE: 'arn:aws:iam::111122223333:user/alice' } }),
  ],
  ['channels.slack.endpoint: must be left out', watches({ endpoint: 'own' })],
  ['restore: must be false in mode observe', { mode: 'observe' }],
  ['restore: may write only to trails that are named', { trails: undefined }],
  ['restore: restores only signed baselines', { signing: {} }],
])('trailkeeper.watchtower.%s', (problem, change) => {
  expect(() => parseDeployment({ ...whole, ...change })).toThrow(
    `trailkeeper.watchtower.${problem}`,
  );
});
