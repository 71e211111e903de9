import { expect, test } from 'vitest';
import { scopeProblem } from '../../cli/scope.ts';

const trail = 'arn:aws:cloudtrail:us-west-2:111122223333:trail/main';
const other = `${trail}-2`;
const deployed = {
  HomeRegions: 'us-east-1,us-west-2',
  ReconcileRoleArn: 'arn:aws:iam::111122223333:role/Trailkeeper-Reconcile',
};
const elsewhere = { ReconcileRoleArn: 'arn:aws:iam::222233334444:role/Trailkeeper-Reconcile' };
const naming = (...trails: string[]) => ({ Signing: JSON.stringify({ keys: [], trails }) });
const problemOf = (changes: object, arn = trail) =>
  scopeProblem({ outputs: { ...deployed, ...changes } }, arn);

test.each<[string, object]>([
  ['of the account in a home Region', {}],
  ['that the configuration names', naming(trail)],
  ['of another account that the configuration names', { ...elsewhere, ...naming(trail) }],
])('a trail %s can be protected', (_what, changes) => {
  expect(problemOf(changes)).toBeNull();
});

test.each<[string, object, readonly string[]]>([
  ['in another Region', { HomeRegions: 'us-east-1' }, ['us-west-2', 'homeRegions', 'cdk.json']],
  [
    'in another Region, which is named first',
    { HomeRegions: 'us-east-1', ...naming(other) },
    ['us-west-2', 'homeRegions'],
  ],
  ['that trails does not name', naming(other), ['trails', 'cdk.json', 'deploy']],
  ['of another account', elsewhere, ['111122223333', '222233334444']],
])('a trail %s cannot, with the fix', (_what, changes, words) => {
  const problem = problemOf(changes);

  for (const word of words) expect(problem).toContain(word);
});

test('text that is not a trail ARN counts as in scope', () => {
  expect(problemOf({}, 'nonsense')).toBeNull();
});
