import { describe, expect, test } from 'vitest';
import { parsePolicy } from '#baseline/baseline.ts';
import {
  approvedPolicy,
  asksForApproval,
  isIgnored,
  isRestored,
  type Policy,
  treatmentOf,
} from '#baseline/policy.ts';
import { kinds } from '#drift/index.ts';

const paint: Policy = { paint: { color: 'alert', coats: 'ignore', gloss: 'restore' } };

describe('drift', () => {
  test.each<[string, string, Policy, string]>([
    ['that no policy speaks of', 'color', {}, 'restore'],
    ['of a kind that is only reported', 'color', { paint: 'alert' }, 'alert'],
    ['of a kind that is passed over', 'color', { paint: 'ignore' }, 'ignore'],
    ['of a field that is only reported', 'color', paint, 'alert'],
    ['of a field that is passed over', 'coats', paint, 'ignore'],
    ['of a field that is restored', 'gloss', paint, 'restore'],
    ['of a field that a policy for fields does not name', 'brand', paint, 'restore'],
    ['of another kind', 'color', { roof: 'ignore' }, 'restore'],
    ['of a field named as every object has one', 'toString', paint, 'restore'],
  ])('%s has its treatment', (_what, field, policy, treatment) => {
    expect(treatmentOf(policy, { name: 'paint' }, field)).toBe(treatment);
  });

  test.each(['toString', '__proto__', 'constructor'])('of a kind named %s is restored', (name) => {
    expect(treatmentOf({}, { name }, 'color')).toBe('restore');
  });
});

test('drift of a kind that is reported by default is restored only where the policy says so', () => {
  const roof = { name: 'roof', defaultTreatment: 'alert' } as const;

  expect(treatmentOf({}, roof, 'color')).toBe('alert');
  expect(treatmentOf({ roof: { pitch: 'restore' } }, roof, 'color')).toBe('alert');
  expect(treatmentOf({ roof: { color: 'restore' } }, roof, 'color')).toBe('restore');
  expect(treatmentOf({ roof: 'restore' }, roof, 'color')).toBe('restore');
});

describe('drift of a field', () => {
  test.each<[Policy, boolean]>([
    [paint, true],
    [{ paint: 'ignore' }, true],
    [{ paint: { coats: 'alert' } }, false],
    [{}, false],
  ])('is ignored only if the policy says so: %j', (policy, ignored) => {
    expect(isIgnored(policy, 'paint', 'coats')).toBe(ignored);
  });
});

describe('a kind', () => {
  const state = { shape: { color: {}, coats: {} } };

  test.each<[Policy, 'alert' | undefined, boolean]>([
    [{}, undefined, true],
    [{}, 'alert', false],
    [{ paint: 'restore' }, 'alert', true],
    [{ paint: { coats: 'restore' } }, 'alert', true],
    [{ paint: { color: 'alert', coats: 'ignore' } }, undefined, false],
    [{ paint: 'approve' }, 'alert', true],
    [{ paint: { color: 'alert', coats: 'approve-coverage-loss' } }, 'alert', true],
  ])('is restored if a field of it is: %j, by default %s', (policy, unlessNamed, restored) => {
    const kind = { name: 'paint', state, ...(unlessNamed && { defaultTreatment: unlessNamed }) };

    expect(isRestored(policy, kind)).toBe(restored);
  });
});

describe('approval', () => {
  test.each([
    ['restore', false, 'restore'],
    ['approve', true, 'restore'],
    ['approve-coverage-loss', true, 'restore'],
    ['alert', false, 'alert'],
    ['ignore', false, 'ignore'],
  ] as const)('with %s is asked for: %s, and leads to %s', (treatment, asks, given) => {
    expect(asksForApproval(treatment)).toBe(asks);
    expect(
      approvedPolicy({ paint: treatment, roof: { color: treatment, pitch: 'alert' } }),
    ).toEqual({
      ...{ paint: given, roof: { color: given, pitch: 'alert' } },
    });
  });
});

describe('a policy', () => {
  test('can treat every kind, and every field of its state', () => {
    for (const { name, state } of kinds.filter(({ alwaysEnforced }) => !alwaysEnforced)) {
      const fields = Object.keys(state.shape).map((field) => [field, 'alert']);
      for (const rule of ['restore', 'alert', 'ignore', {}, Object.fromEntries(fields)]) {
        expect(parsePolicy({ [name]: rule }, kinds)).toStrictEqual({ [name]: rule });
      }
    }
  });

  test('must restore logging', () => {
    expect(parsePolicy({ logging: 'restore' }, kinds)).toStrictEqual({ logging: 'restore' });
    for (const rule of ['alert', 'ignore', { IsLogging: 'ignore' }]) {
      expect(() => parsePolicy({ logging: rule }, kinds)).toThrow(
        'policy.logging: must be "restore": nothing is recorded without it',
      );
    }
  });

  test.each([
    ['settings', 'CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'],
    ['settings', 'IsMultiRegionTrail', 'IncludeGlobalServiceEvents'],
    ['event-selectors', 'EventSelectors', 'AdvancedEventSelectors'],
  ])('of %s treats %s and %s alike, which are written only together', (name, one, other) => {
    const alike = { [name]: { [one]: 'alert', [other]: 'alert' } };

    expect(parsePolicy(alike, kinds)).toStrictEqual(alike);
    for (const field of [one, other]) {
      const asIfUnsaid = { [name]: { [field]: 'restore' } };
      expect(parsePolicy(asIfUnsaid, kinds)).toStrictEqual(asIfUnsaid);
      expect(() => parsePolicy({ [name]: { [field]: 'alert' } }, kinds)).toThrow(
        `policy.${name}: must treat ${one} and ${other} alike`,
      );
    }
  });

  test.each<[string, unknown, string]>([
    ['a kind that there is not', { paint: 'alert' }, 'does not know: paint'],
    [
      'a treatment that there is not',
      { tags: 'delete' },
      'policy.tags: must be "restore", "approve", "approve-coverage-loss", "alert" or "ignore", for',
    ],
    ['a field that there is not', { tags: { Color: 'alert' } }, 'policy.tags'],
    ['such a treatment of a field', { tags: { TagsList: 'delete' } }, 'policy.tags'],
    ['nothing', null, 'policy'],
  ])('is refused with %s', (_what, policy, message) => {
    expect(() => parsePolicy(policy, kinds)).toThrow(message);
  });
});
