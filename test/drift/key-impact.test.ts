import { describe, expect, test } from 'vitest';
import { key as kind } from '#drift/dependencies/key.ts';
import type { Key } from '#drift/dependencies/key-state.ts';
import { diff, type Json } from '#text/diff.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { impactIn } from '../support/kind-calls.ts';

const { key } = states;
const accountOf = (AWS: string) => ({ ...key.OtherStatements[0], Principal: { AWS } });
const foreign = { Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'kms:Decrypt' };

/** The impact of a key that drifted in one field. */
const impactOf = (change: object) => impactIn(kind, key as Key, change);

describe('the impact of a key that', () => {
  test.each<[string, object, string, string, boolean]>([
    ['is disabled', { KeyState: 'Disabled' }, 'high', 'enable it', false],
    [
      'waits for deletion',
      { KeyState: 'PendingDeletion' },
      'critical',
      'the log key is scheduled for deletion: until then',
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
    [
      'cannot be read',
      { KeyState: 'not readable' },
      'medium',
      'the key cannot be checked and may not exist: grant the role of trailkeeper kms:DescribeKey',
      false,
    ],
    ['is no longer rotated', { RotationPeriodInDays: 'off' }, 'low', 'every 365 days', false],
    [
      'does not say how it is rotated',
      { RotationPeriodInDays: 'not readable' },
      ...(['low', 'the rotation of the key cannot be checked', false] as const),
    ],
    [
      'does not show its policy',
      { CloudTrailStatements: 'not readable' },
      ...(['medium', 'the policy of the key cannot be checked', false] as const),
    ],
    [
      'allows CloudTrail less',
      { CloudTrailStatements: [] },
      'high',
      'no longer allows CloudTrail all that it did, so no log file can be delivered',
      false,
    ],
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

test('a key that cannot be read may be one that only AWS Support can restore', () => {
  for (const field of ['KeyState', 'CloudTrailStatements']) {
    expect(impactOf({ [field]: 'not readable' }).description).toMatch(
      /only AWS Support can restore it$/,
    );
  }
});

test('what a locked key no longer allows CloudTrail is still said', () => {
  const actual = { ...key, CloudTrailStatements: [], OtherStatements: [foreign] };
  const [change] = diff(key as Json, actual as Json);

  expect(change?.path).toBe('CloudTrailStatements');
  expect(change && kind.impact(change, key, actual).description).toContain('no longer allows');
});

describe('a key is restored', () => {
  const KeyId = settings.KmsKeyId;

  test.each<[string, object, readonly object[], object?]>([
    ['if it is disabled', { KeyState: 'Disabled' }, [{ action: 'EnableKey', input: { KeyId } }]],
    ...['PendingDeletion', 'PendingReplicaDeletion'].map(
      (KeyState): [string, object, readonly object[]] => [
        `if it is ${KeyState}`,
        { KeyState },
        [
          { action: 'CancelKeyDeletion', input: { KeyId } },
          { action: 'EnableKey', input: { KeyId } },
        ],
      ],
    ),
    ['but not if its material is gone', { KeyState: 'PendingImport' }, []],
    [
      'in its rotation',
      { RotationPeriodInDays: 'off' },
      [{ action: 'EnableKeyRotation', input: { KeyId, RotationPeriodInDays: 365 } }],
    ],
    [
      'but not in a rotation that is not protected',
      { RotationPeriodInDays: 'off' },
      [],
      { RotationPeriodInDays: null },
    ],
    ['but not in a rotation that is not readable', { RotationPeriodInDays: 'not readable' }, []],
  ])('%s', (_when, change, steps, before = {}) => {
    const desired = { ...key, ...before } as Key;

    expect(kind.repair(desired, { ...desired, ...change } as Key, trail, states)).toEqual(steps);
  });

  test('by parts of an edit of its policy that KMS refused, unless that was denied', () => {
    const put = [foreign, accountOf('*')] as never[];
    const step = { action: 'PutKeyPolicy', input: { KeyId, put, remove: [] } } as const;
    const enable = { action: 'EnableKey', input: { KeyId } } as const;
    const parts = (refused: typeof step | typeof enable, error: string) =>
      kind.decompose?.(refused, { error, changes: [] }, trail);

    expect(parts(step, 'MalformedPolicyDocumentException')).toEqual(
      put.map((one) => ({ ...step, input: { KeyId, put: [one], remove: [] } })),
    );
    expect(parts(step, 'AccessDeniedException')).toEqual([]);
    expect(parts(enable, 'KMSInvalidStateException')).toEqual([]);
  });

  test('never by a policy that skips the check for a lockout', () => {
    const granted = kind.permissions.repair.filter(({ actions }) =>
      actions.includes('kms:PutKeyPolicy'),
    );

    expect(granted.map(({ conditions }) => conditions)).toEqual([
      { BoolIfExists: { 'kms:BypassPolicyLockoutSafetyCheck': 'false' } },
    ]);
  });

  test.each([
    [89, false],
    [90, true],
    [2560, true],
    [2561, false],
  ])('to a rotation every %i days if KMS has that: %s', (RotationPeriodInDays, expected) => {
    const { success, error } = kind.state.safeParse({ ...key, RotationPeriodInDays });

    expect(success).toBe(expected);
    for (const { message } of error?.issues ?? []) expect(message).toMatch(/^must be \d+ or /);
  });
});

test.each<[string, boolean]>([
  ['KeyState', true],
  ['CloudTrailStatements', true],
  ['Denials', true],
  ['OtherStatements', false],
  ['RotationPeriodInDays', false],
])('events may arrive late if %s changed: %s', (path, isLate) => {
  const change = { path, desired: null, actual: null };
  const loss = kind.historyModel.coverageLoss?.(change, key as Key, key as Key);

  expect(loss !== null && loss !== undefined).toBe(isLate);
});

test.each(Object.keys(key))('no events are late because %s cannot be read', (path) => {
  const change = { path, desired: null, actual: 'not readable' };
  const loss = kind.historyModel.coverageLoss?.(change, key as Key, key as Key);

  expect(loss).toBeNull();
});
