import { describe, expect, test } from 'vitest';
import { eachInOneAccount, failureOf, scenarios, takeAway } from './role-scenarios.ts';
import { grantedTo } from './role-statements.ts';

eachInOneAccount();

describe.each(Object.keys(scenarios))('the role %s', (role) => {
  test.each(grantedTo(role))(
    'is granted nothing in vain: without %s something fails',
    async (action) => {
      await takeAway(role, action);

      expect(await failureOf(role)).not.toBe(null);
    },
  );

  test('needs no permission that it lacks', async () => {
    await takeAway(role, 'cloudtrail:DeleteTrail');

    expect(await failureOf(role)).toBe(null);
  });
});
