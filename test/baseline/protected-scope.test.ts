import { expect, test } from 'vitest';
import { outOfScope } from '#baseline/protected-scope.ts';

const trail = 'arn:aws:cloudtrail:us-west-2:111122223333:trail/main';
const scope = { account: '111122223333', homeRegions: ['us-east-1', 'us-west-2'], trails: [] };

test.each<[string, object]>([
  ['of the account in a home Region', {}],
  ['that the configuration names', { trails: [trail] }],
  ['of another account that the configuration names', { account: '222233334444', trails: [trail] }],
])('a trail %s can be protected', (_what, more) => {
  expect(outOfScope(trail, { ...scope, ...more })).toBeNull();
});

test.each<[string, object, readonly string[]]>([
  ['in another Region', { homeRegions: ['us-east-1'] }, ['us-west-2', 'homeRegions', 'cdk.json']],
  [
    'in another Region, which is named first',
    { homeRegions: ['us-east-1'], trails: [`${trail}-2`] },
    ['us-west-2', 'homeRegions'],
  ],
  ['that trails does not name', { trails: [`${trail}-2`] }, ['trails', 'cdk.json', 'deploy']],
  ['of another account', { account: '222233334444' }, ['111122223333', '222233334444']],
])('a trail %s cannot, with the fix', (_what, more, words) => {
  const problem = outOfScope(trail, { ...scope, ...more });

  for (const word of words) expect(problem).toContain(word);
});

test('text that is not a trail ARN counts as in scope', () => {
  expect(outOfScope('nonsense', scope)).toBeNull();
});
