import { describe, expect, test } from 'vitest';
import { tablePolicy } from '#baseline/signing/table-policy.ts';
import { isAllowedIn } from '#sandbox/iam.ts';

const at = { account: '111122223333', region: 'us-east-1' };
const table = 'arn:aws:dynamodb:us-east-1:111122223333:table/Trailkeeper-State';
const alice = 'arn:aws:iam::111122223333:user/alice';
const interact = 'arn:aws:iam::111122223333:role/Trailkeeper-Interact';
const reconcile = 'arn:aws:iam::111122223333:role/Trailkeeper-Reconcile';

type Rights = 'none' | 'end' | 'start';
const mayPut = (principal: string, pk: string, windows: Rights): boolean =>
  isAllowedIn(JSON.stringify(tablePolicy(at, table, [alice], windows)), {
    ...{ principal, action: 'dynamodb:PutItem', resource: table },
    context: { 'aws:PrincipalArn': principal, 'dynamodb:LeadingKeys': [pk] as never },
  });

const incident = 'incident#arn:aws:cloudtrail:us-east-1:111122223333:trail/main';
const baseline = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/main';

describe('the policy of the table lets the function that answers Slack write', () => {
  test.each<[pk: string, allowedWith: readonly Rights[]]>([
    [incident, ['end', 'start']],
    ['window-end', ['end', 'start']],
    ['window', ['start']],
    [baseline, []],
    ['delivery#x', []],
  ])('%s only with %j', (pk, allowedWith) => {
    for (const windows of ['none', 'end', 'start'] as const) {
      expect(mayPut(interact, pk, windows)).toBe(allowedWith.includes(windows));
    }
  });
});

test.each(['end', 'start'] as const)('and changes nothing for others: %s', (windows) => {
  expect(mayPut(alice, baseline, windows)).toBe(true);
  expect(mayPut(reconcile, incident, windows)).toBe(true);
  expect(mayPut(reconcile, 'window-end', windows)).toBe(false);
  expect(mayPut('arn:aws:iam::111122223333:user/mallory', incident, windows)).toBe(false);
});
