import { describe, expect, test } from 'vitest';
import { key as kind } from '#drift/dependencies/key.ts';
import type { Key } from '#drift/dependencies/key-state.ts';
import { diff, type Json } from '#text/diff.ts';
import { states, trail } from '../support/baseline.ts';

const { key } = states;
const accountOf = (AWS: string) => ({ ...key.OtherStatements[0], Principal: { AWS } });
const foreign = { Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'kms:Decrypt' };

/** The impact of a key that drifted in one field. */
function impactOf(change: object) {
  const actual = { ...key, ...change };
  const [found, ...others] = diff(key as Json, actual as Json);
  if (found === undefined || others.length > 0) throw new Error('not one thing has changed');
  return kind.impact(found, key, actual);
}

describe('the impact of a key that', () => {
  test.each<[string, object, string, string, boolean]>([
    ['is disabled', { KeyState: 'Disabled' }, 'high', 'enable it', false],
    [
      'waits for deletion',
      { KeyState: 'PendingDeletion' },
      'critical',
      'Cancel the deletion',
      false,
    ],
    [
      'waits for its replicas',
      { KeyState: 'PendingReplicaDeletion' },
      'critical',
      'replicas',
      false,
    ],
    ['lost its material', { KeyState: 'PendingImport' }, 'critical', 'Import it again', true],
    ['is gone', { KeyState: 'gone' }, 'critical', 'another key', true],
    ['is in another state', { KeyState: 'Unavailable' }, 'high', 'it is Unavailable', false],
    ['cannot be read', { KeyState: 'not readable' }, 'medium', 'kms:DescribeKey', false],
    ['is no longer rotated', { RotationPeriodInDays: 'off' }, 'low', 'every 365 days', false],
    [
      'does not say how it is rotated',
      { RotationPeriodInDays: 'not readable' },
      ...(['low', 'kms:GetKeyRotationStatus', false] as const),
    ],
    [
      'does not show its policy',
      { CloudTrailStatements: 'not readable' },
      ...(['medium', 'kms:GetKeyPolicy', false] as const),
    ],
    ['allows CloudTrail less', { CloudTrailStatements: [] }, 'high', 'no longer allows', false],
    ['denies more', { Denials: [...key.Denials, foreign] }, 'high', 'may deny CloudTrail', false],
    ['denies less', { Denials: [] }, 'low', 'lacks a Deny statement', false],
    [
      'allows others something',
      { OtherStatements: [...key.OtherStatements, foreign] },
      ...(['medium', 'someone else may read the log', false] as const),
    ],
    [
      'no longer lets its account change it',
      { OtherStatements: [foreign] },
      ...(['high', 'AWS Support', false] as const),
    ],
    [
      'lets another account change it',
      { OtherStatements: [accountOf('444455556666')] },
      ...(['high', 'no longer lets its account change it', false] as const),
    ],
  ])('%s', (_what, change, severity, says, losesCoverage) => {
    const { description, ...impact } = impactOf(change);

    expect(impact).toEqual({ severity, losesCoverage });
    expect(description).toContain(says);
    expect(description).toMatch(/key/);
  });

  test.each([
    ['the account', [accountOf('111122223333')]],
    [
      'the account, and denied to others',
      [...key.OtherStatements, { ...accountOf('*'), Effect: 'Deny' }],
    ],
    ['everyone', [accountOf('*')]],
    ['the account among others', [accountOf('444455556666'), ...key.OtherStatements, foreign]],
  ])('is still changed by %s is not that it is locked', (_whom, OtherStatements) => {
    const changed = diff(key as Json, { ...key, OtherStatements } as Json);

    for (const change of changed) {
      expect(kind.impact(change, key, { ...key, OtherStatements }).severity).toBe('medium');
    }
  });
});

describe('a key whose policy changed', () => {
  const administrators = ['111122223333', '444455556666'].map(accountOf);
  const locked = [foreign];

  test.each<[string, readonly object[], readonly object[], boolean]>([
    ['of one of two administrators', administrators, administrators.slice(1), false],
    ['of both administrators', administrators, locked, true],
    ['and never had any administrator', locked, [], false],
  ])('is locked if it lost those who may change it: %s', (_which, before, OtherStatements, is) => {
    const desired = { ...key, OtherStatements: before } as Key;
    const actual = { ...key, KeyState: 'Disabled', OtherStatements } as Key;

    expect(kind.repair(desired, actual, trail, states)).toHaveLength(is ? 0 : 1);
  });

  test('is enabled even if its policy cannot be read', () => {
    const actual = { ...key, KeyState: 'Disabled', OtherStatements: 'not readable' } as Key;

    expect(kind.repair(key as Key, actual, trail, states)).toMatchObject([{ action: 'EnableKey' }]);
  });
});
