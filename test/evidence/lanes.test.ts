import { expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import { laneOf, mayChangeCoverage, mayLoseEvents } from '#evidence/lanes.ts';

test('drift is in the lane of what it is about: what is outside the trail, of its delivery', () => {
  const outside = kinds.filter(
    ({ name, isOutsideTrail }) => isOutsideTrail && name !== 'organization',
  );
  const others = kinds.filter((kind) => kind.name === 'organization' || !kind.isOutsideTrail);

  expect(new Set(outside.map(({ name }) => laneOf(name, 'field')))).toEqual(new Set(['delivery']));
  expect(Object.fromEntries(others.map(({ name }) => [name, laneOf(name, 'field')]))).toEqual({
    ...{ settings: 'delivery', delivery: 'delivery', logging: 'logging', organization: 'scope' },
    ...{ 'event-selectors': 'selectors', 'insight-selectors': 'selectors' },
    ...{ aggregation: 'selectors', tags: 'other' },
  });
});

test.each(['IsMultiRegionTrail', 'IsOrganizationTrail', 'IncludeGlobalServiceEvents'])(
  'drift of %s is in the lane of the scope',
  (setting) => {
    expect(laneOf('settings', setting)).toBe('scope');
  },
);

test('a trail that does not exist does not log; a bucket that does not exist gets no logs', () => {
  expect(laneOf('settings', '')).toBe('logging');
  expect(laneOf('trail', '')).toBe('logging');
  expect(laneOf('bucket', '')).toBe('delivery');
});

test('a call may change what is recorded if drift after it may lose events', () => {
  expect(
    ['StopLogging', 'DeleteTrail', 'PutEventSelectors', 'AddTags', 'DescribeTrails'].filter(
      mayChangeCoverage,
    ),
  ).toEqual(['StopLogging', 'DeleteTrail', 'PutEventSelectors']);
});

test('drift of a kind that is not known may lose events', () => {
  expect(['logging', 'tags', 'of a later version'].map(mayLoseEvents)).toEqual([true, false, true]);
});
