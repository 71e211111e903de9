import { describe, expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import type { Permission } from '#drift/kind.ts';
import { baseline, trail } from '../baseline.ts';
import { answering, refusing } from './cloudtrail.ts';

// What every drift kind promises. A new kind needs its state in the baseline of test/baseline.ts.

const states: Readonly<Record<string, object>> = baseline.states;
const scope = {
  partition: 'aws',
  accountId: trail.accountId,
  homeRegions: [trail.region, 'us-east-1'],
};

test('the kinds have names of their own, in kebab-case', () => {
  const names = kinds.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

test('the baseline of these tests names every kind', () => {
  expect(Object.keys(states).toSorted()).toStrictEqual(kinds.map(({ name }) => name).toSorted());
});

test('settings come before logging: a trail never logs into a foreign bucket first', () => {
  const names = kinds.map(({ name }) => name);

  expect(names.indexOf('settings')).toBeLessThan(names.indexOf('logging'));
});

describe.each(kinds)('$name', (kind) => {
  const desired = states[kind.name] ?? {};
  const drifts = [
    null,
    ...Object.keys(desired).map((field) => drifted(desired, [field])),
    drifted(desired, Object.keys(desired)),
  ];
  const steps = drifts.flatMap((actual) => kind.repair(desired, actual, trail));
  const { observe, repair } = kind.permissions;

  test('stores a state that is whole', () => {
    expect(kind.state.safeParse(desired).success).toBe(true);
    for (const field of Object.keys(desired)) {
      const partial = Object.entries(desired).filter(([key]) => key !== field);
      expect(kind.state.safeParse(Object.fromEntries(partial)).success, field).toBe(false);
    }
  });

  test('stores no field that it does not know', () => {
    expect(kind.state.safeParse({ ...desired, unheardOf: true }).success).toBe(false);
  });

  test('repairs every drift that it sees', () => {
    for (const actual of drifts) expect(kind.repair(desired, actual, trail)).not.toHaveLength(0);
  });

  test('repairs the same drift in the same way and changes nothing of what it was given', () => {
    for (const actual of drifts) {
      const given = structuredClone({ desired, actual });

      const first = kind.repair(desired, actual, trail);

      expect(kind.repair(desired, actual, trail)).toStrictEqual(first);
      expect({ desired, actual }).toStrictEqual(given);
    }
  });

  test('observes with reads alone', () => {
    for (const action of actionsOf(observe)) {
      expect(action).toMatch(/^[a-z-]+:(Get|List|Describe|Lookup)[A-Za-z]+$/);
    }
  });

  test('is granted the calls that it observes with', async () => {
    const { aws, asked } = refusing('TrailNotFoundException');

    expect(await kind.observe(aws, trail)).toBeNull();

    expect(asked).not.toHaveLength(0);
    for (const { operation } of asked) expect(grantedOnTrail(observe)).toContain(operation);
  });

  test('names the trail by its ARN when it observes', async () => {
    const { aws, asked } = refusing('TrailNotFoundException');

    await kind.observe(aws, trail);

    for (const { input } of asked) expect(Object.values(input as object)).toContain(trail.arn);
  });

  test('is granted the steps that it can make', () => {
    for (const { action } of steps) expect(grantedOnTrail(repair)).toContain(action);
  });

  test('carries each step out as the call that the step says', async () => {
    for (const step of steps) {
      const { aws, asked } = answering({});

      await kind.perform(aws, step);

      expect(asked).toStrictEqual([{ operation: step.action, input: step.input }]);
    }
  });

  test('says that a step was refused', async () => {
    for (const step of steps) {
      const { aws } = refusing('AccessDeniedException');

      await expect(kind.perform(aws, step)).rejects.toMatchObject({
        name: 'AccessDeniedException',
      });
    }
  });

  test('does not take a trail that it may not see for one that is gone', async () => {
    const { aws } = refusing('AccessDeniedException');

    await expect(kind.observe(aws, trail)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('is granted no wildcard and nothing that weakens a trail', () => {
    for (const action of actionsOf([...observe, ...repair])) {
      expect(action).toMatch(/^[a-z-]+:[A-Za-z]+$/);
      expect(action).not.toMatch(/:(Stop|Delete|Disable|Deregister)/);
    }
  });

  test('is granted writes on resources of the guarded account alone', () => {
    for (const { actions, resources } of repair) {
      if (actions.every((action) => /:(Get|List|Describe)/.test(action))) continue;
      for (const resource of resources(scope)) {
        expect(resource).toMatch(/^arn:aws:[a-z]+:([a-z0-9-]*):111122223333:[a-z]+\/\*$/);
      }
    }
  });

  test('hands a role to CloudTrail alone', () => {
    for (const { actions, conditions } of repair) {
      if (!actions.includes('iam:PassRole')) continue;
      expect(actions).toStrictEqual(['iam:PassRole']);
      expect(conditions).toStrictEqual({
        StringEquals: { 'iam:PassedToService': 'cloudtrail.amazonaws.com' },
      });
    }
  });

  test.each(['aws', 'aws-us-gov', 'aws-cn'])('names resources of partition %s', (partition) => {
    for (const { resources } of [...observe, ...repair]) {
      for (const resource of resources({ ...scope, partition })) {
        if (resource !== '*') expect(resource.split(':')[1]).toBe(partition);
      }
    }
  });
});

/** A state in which some fields are another value than they must be. */
function drifted(state: object, fields: readonly string[]): object {
  const entries = Object.entries(state).map(([field, value]) => {
    if (!fields.includes(field)) return [field, value];
    return [field, typeof value === 'boolean' ? !value : 'theirs'];
  });
  return Object.fromEntries(entries);
}

function actionsOf(permissions: readonly Permission[]): string[] {
  return permissions.flatMap(({ actions }) => actions);
}

/** The operations of CloudTrail that are allowed on every trail of every home Region. */
function grantedOnTrail(permissions: readonly Permission[]): string[] {
  const trails = scope.homeRegions.map(
    (region) => `arn:aws:cloudtrail:${region}:${trail.accountId}:trail/*`,
  );
  return permissions
    .filter(({ resources }) => trails.every((arn) => resources(scope).includes(arn)))
    .flatMap(({ actions }) => actions)
    .map((action) => action.replace('cloudtrail:', ''));
}
