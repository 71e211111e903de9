import { expect, test } from 'vitest';
import { describeEvents } from '#drift/selectors/describe-events.ts';
import type { Conjunction } from '#drift/selectors/satisfiability.ts';

test('a category that is not one constant is a condition', () => {
  expect(describeEvents([noneOf('eventCategory', 'A', 'B')])).toBe(
    'events where eventCategory is not A, B',
  );
  expect(describeEvents([oneOf('eventCategory', 'Data'), noneOf('eventCategory', 'B')])).toBe(
    'events where eventCategory is Data and eventCategory is not B',
  );
});

test('the resource type comes before the other fields', () => {
  expect(describeEvents([oneOf('eventName', 'x'), oneOf('resources.type', 'T')])).toBe(
    'events where resources.type is T and eventName is x',
  );
});

function oneOf(field: string, ...values: readonly string[]): Conjunction {
  const patterns = values.map((value) => ({ operator: 'Equals' as const, value }));
  return { field, isOneOf: true, patterns };
}

function noneOf(field: string, ...values: readonly string[]): Conjunction {
  return { ...oneOf(field, ...values), isOneOf: false };
}
