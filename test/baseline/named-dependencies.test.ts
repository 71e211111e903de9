import { expect, test } from 'vitest';
import { dependencyTitle } from '#baseline/named-dependencies.ts';
import { settings, states, trail } from '../support/baseline.ts';

const titleOf = (kind: string, of: object = states) => dependencyTitle(trail.arn, { ...of }, kind);

test.each([
  ['bucket', 'bucket the-logs (account 222233334444)'],
  ['key', `key ${settings.KmsKeyId.split('/')[1]} (account 111122223333)`],
  ['topic', `topic ${settings.SnsTopicARN.split(':')[5]} (account 111122223333)`],
  ['log-group', 'log group trail (account 111122223333)'],
  ['log-role', `role ${settings.CloudWatchLogsRoleArn.split(':role/')[1]} (account 111122223333)`],
  ['alarms', 'alarms on log group trail (account 111122223333)'],
])('a %s is named for people by its name and account', (kind, title) => {
  expect(titleOf(kind)).toBe(title);
});

test('what is no dependency, or is not named, has no title', () => {
  const plain = { ...states, settings: { ...settings, KmsKeyId: null } };

  expect(['settings', 'tags', 'delivery'].map((kind) => titleOf(kind))).toEqual([null, null, null]);
  expect(titleOf('key', plain)).toBeNull();
});

test('a bucket whose owner is not known has only its name', () => {
  expect(titleOf('bucket', { settings })).toBe('bucket the-logs');
});
