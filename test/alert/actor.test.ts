import { expect, test } from 'vitest';
import { callFacts } from '#alert/actor.ts';
import type { ApiCall } from '#trail/api-call.ts';

const account = '111122223333';
const principal = {
  ...{ type: 'AssumedRole', name: 'trailkeeper', accountId: account, mfa: false },
  issuer: 'Trailkeeper-Watchtower',
  issuerArn: `arn:aws:iam::${account}:role/Trailkeeper-Watchtower`,
  arn: `arn:aws:sts::${account}:assumed-role/Trailkeeper-Watchtower/trailkeeper`,
};
const actorOf = (change: object): string => {
  const call = {
    ...{ eventId: 'e', requestId: 'r', eventName: 'StartLogging', region: 'us-east-1' },
    ...{ at: '2026-11-30T10:00:00Z', selfTriggered: false, error: null },
    ...{ sourceIp: null, userAgent: null, via: null },
    principal: { ...principal, ...change },
  } as ApiCall;
  const [actor] = callFacts(call, { omitActors: false } as never);
  return actor?.value ?? '';
};

test('a call with the role of the watchtower is named as its own', () => {
  expect(actorOf({})).toBe(
    `trailkeeper, a session of Trailkeeper-Watchtower (account ${account}): the watchtower`,
  );
});

test.each([
  [{ issuerArn: 'arn:aws:iam::444455556666:role/Trailkeeper-Watchtower' }],
  [{ issuerArn: `arn:aws:iam::${account}:role/team/Trailkeeper-Watchtower` }],
  [{ issuerArn: null }],
  [{ type: 'IAMUser' }],
  [{ issuer: 'Trailkeeper-Other' }],
])('a call of another principal is not: %j', (change) => {
  expect(actorOf(change)).not.toContain('the watchtower');
});
