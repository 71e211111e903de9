import { describe, expect, test } from 'vitest';
import { alarmsIn } from '#drift/dependencies/alarm-state.ts';
import { alarms as kind } from '#drift/dependencies/alarms.ts';
import { compileConditions } from '#sandbox/iam-policy/conditions.ts';
import { states, trail } from '../support/baseline.ts';

describe('an alarm of a baseline', () => {
  const [alarm] = states.alarms.Alarms;
  const stored = (...Alarms: readonly unknown[]) => kind.state.safeParse({ Alarms }).success;

  test('is named once, by its ARN', () => {
    expect(stored(alarm)).toBe(true);
    expect(stored(alarm, { ...alarm, AlarmArn: `${alarm?.AlarmArn}-2` })).toBe(true);
    expect(stored(alarm, alarm)).toBe(false);
    expect(stored({ ...alarm, AlarmArn: 'root' })).toBe(false);
    expect(stored({ ...alarm, AlarmArn: `see ${alarm?.AlarmArn}` })).toBe(false);
    expect(stored({ ...alarm, AlarmArn: undefined })).toBe(false);
  });

  test('is the same without members that are empty, and with its actions in another order', () => {
    const [first, second] = [
      'arn:aws:sns:eu-central-1:111122223333:a',
      'arn:aws:sns:eu-central-1:111122223333:b',
    ];
    const one = { ...alarm, AlarmActions: [second, first] };
    const other = { ...alarm, AlarmActions: [first, second], OKActions: [], AlarmDescription: '' };

    expect(alarmsIn([{ ...one, StateValue: 'OK' }])).toEqual(alarmsIn([other]));
    expect(alarmsIn([{ ...alarm }])).toEqual([alarm]);
  });

  test('is restored only if it does no more than notify topics', () => {
    const repair = (change: object) => {
      const desired = { Alarms: [{ ...alarm, ...change }] } as typeof states.alarms;
      return kind.repair(desired, { Alarms: [] }, trail, states);
    };
    const stop = ['arn:aws:automate:eu-central-1:ec2:stop'];

    expect(repair({})).toHaveLength(1);
    expect(repair({ AlarmActions: undefined })).toHaveLength(1);
    for (const actions of ['OKActions', 'AlarmActions', 'InsufficientDataActions']) {
      expect(repair({ [actions]: stop })).toEqual([]);
    }
  });

  test.each<[string, object, string, RegExp]>([
    ['is gone', { Alarms: [] }, 'do not exist: root', /disabled|changed|only a person/],
    [
      'is silent',
      { Alarms: [{ ...alarm, ActionsEnabled: false }] },
      'so they notify no one: root',
      /exist|changed|only a person/,
    ],
    [
      'is changed',
      { Alarms: [{ ...alarm, Threshold: 9 }] },
      'these alarms on the log group were changed: root',
      /exist|disabled|only a person/,
    ],
  ])('that %s is reported as such', (_what, change, says, more) => {
    const actual = change as typeof states.alarms;
    const found = { path: 'Alarms', desired: [...states.alarms.Alarms], actual: actual.Alarms };

    const { description, ...impact } = kind.impact(found as never, states.alarms, actual);

    expect(impact).toEqual({ severity: 'high', losesCoverage: false });
    expect(description).toContain(says);
    expect(description).not.toMatch(more);
  });

  test('is reported by its name, beside others, with all that happened', () => {
    const named = (name: string, more: object = {}) => ({
      ...alarm,
      AlarmArn: `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${name}`,
      ...more,
    });
    const quiet = { ActionsEnabled: false };
    const desired = [named('a'), named('b:critical'), named('c'), named('d', quiet)];
    const actual = [named('c', quiet), named('d', { ...quiet, Threshold: 9 })];
    const found = { path: 'Alarms', desired, actual };

    const { description } = kind.impact(
      found as never,
      { Alarms: desired } as typeof states.alarms,
      { Alarms: actual } as typeof states.alarms,
    );

    expect(description).toMatch(
      /^these .* not exist: a, b:critical; .* disabled, .*: c; these .* changed: d$/,
    );
  });
});

test.each([
  [[], true],
  [['sns:eu-central-1:111122223333:security'], true],
  [['sns:eu-central-1:111122223333:security', 'automate:eu-central-1:ec2:stop'], false],
  [['lambda:eu-central-1:111122223333:function:act'], false],
])('trailkeeper may put an alarm with the actions %j: %s', (actions, expected) => {
  const [{ conditions = {} } = {}] = kind.permissions.repair;
  const request = { 'cloudwatch:AlarmActions': actions.map((one) => `arn:aws:${one}`) };

  expect(compileConditions(conditions)(request)).toBe(expected);
});
