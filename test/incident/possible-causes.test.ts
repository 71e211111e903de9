import { describe, expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import { couldHaveCaused, kindsAffectedBy, kindsChangedBy } from '#incident/attribution.ts';
import { call, drift, planOf } from '../support/incident-fixtures.ts';

const found = (kind: string, path: string) =>
  planOf({ kind, status: 'drifted', changes: [{ ...drift('blue'), path }], steps: [] });

describe('drift is ascribed only to a call that can make it:', () => {
  test.each([
    ['StopLogging', 'logging', 'IsLogging', true],
    ['UpdateTrail', 'logging', 'IsLogging', false],
    ['UpdateTrail', 'settings', 'S3BucketName', true],
    ['StopLogging', 'settings', 'S3BucketName', false],
    ['DisableAWSServiceAccess', 'settings', 'IsOrganizationTrail', true],
    ['DisableAWSServiceAccess', 'settings', 'S3BucketName', false],
    ['RemoveTags', 'tags', 'owner', true],
    ['DescribeTrails', 'tags', 'owner', false],
  ])('%s and %s.%s', (eventName, kind, path, isPossible) => {
    expect(couldHaveCaused(kinds)(found(kind, path), call(eventName, 0))).toBe(isPossible);
  });

  test('a missing trail to DeleteTrail alone', () => {
    const missing = found('settings', '');
    const possible = [
      'CreateTrail',
      'UpdateTrail',
      'DeleteTrail',
      'DisableAWSServiceAccess',
    ].filter((name) => couldHaveCaused(kinds)(missing, call(name, 0)));
    expect(possible).toEqual(['DeleteTrail']);
  });

  test('never to a call that failed, and no call caused what is in sync', () => {
    const failed = call('StopLogging', 0, 'mallory', true);
    expect(couldHaveCaused(kinds)(found('logging', 'IsLogging'), failed)).toBe(false);
    const inSync = planOf({ kind: 'logging', status: 'in-sync' });
    expect(couldHaveCaused(kinds)(inSync, call('StopLogging', 0))).toBe(false);
  });
});

test('a call that creates or deletes a trail affects every kind, another one only its own', () => {
  const all = kinds.map(({ name }) => name);
  expect(kindsAffectedBy(kinds)('CreateTrail')).toEqual(all);
  expect(kindsAffectedBy(kinds)('DeleteTrail')).toEqual(all);
  expect(kindsAffectedBy(kinds)('PutInsightSelectors')).toEqual(['insight-selectors']);
});

test('a sweep waits for no kind, an event for those that its call can have changed', () => {
  const awaited = (name: string | null) => [
    ...kindsChangedBy(kinds, name === null ? null : { eventName: name }),
  ];
  expect(awaited(null)).toEqual([]);
  expect(awaited('AddTags')).toEqual(['tags']);
  expect(awaited('DisableAWSServiceAccess')).toEqual(['organization', 'settings']);
});
