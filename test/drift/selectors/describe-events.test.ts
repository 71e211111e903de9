import { expect, test } from 'vitest';
import { describeEvents } from '#drift/selectors/describe-events.ts';
import type { Box } from '#drift/selectors/event-set.ts';
import type { Conjunction } from '#drift/selectors/satisfiability.ts';

test.each<[string, Box, string]>([
  [
    'reads and writes but not reads',
    [oneOf('readOnly', 'true', 'false'), noneOf('readOnly', 'true')],
    'events that write',
  ],
  ['reads by what they are not', [noneOf('readOnly', 'false')], 'events that only read'],
  ['neither reads nor writes', [noneOf('readOnly', 'true', 'false')], 'events'],
  [
    'a category with an exception',
    [oneOf('eventCategory', 'A', 'B'), noneOf('eventCategory', 'B')],
    'events of the category A, B but B',
  ],
  [
    'resources of every type and of every name but one',
    [noneOf('resources.type', 'A'), noneOf('resources.ARN', 'a')],
    'events of every resource type but A of every resource but a',
  ],
])('%s are said as such', (_what, box, events) => {
  expect(describeEvents(box)).toStrictEqual({ events, as: '' });
});

function oneOf(field: string, ...values: readonly string[]): Conjunction {
  const patterns = values.map((value) => ({ operator: 'Equals' as const, value }));
  return { field, isOneOf: true, patterns };
}

function noneOf(field: string, ...values: readonly string[]): Conjunction {
  return { ...oneOf(field, ...values), isOneOf: false };
}
