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

test('a category that is not one whole name is a condition', () => {
  const begins = { operator: 'StartsWith', value: 'Da' } as const;

  expect(describeEvents([{ ...oneOf('eventCategory'), patterns: [begins] }])).toBe(
    'events where eventCategory begins with Da',
  );
  expect(describeEvents([oneOf('eventCategory', 'A', 'B')])).toBe(
    'events where eventCategory is A, B',
  );
});

test('a flag that must not have a value has the other one', () => {
  expect(describeEvents([noneOf('readOnly', 'true')])).toBe('events where readOnly is false');
  expect(describeEvents([noneOf('readOnly', 'false')])).toBe('events where readOnly is true');
  expect(describeEvents([noneOf('readOnly', 'true', 'false')])).toBe(
    'events where readOnly is not true, false',
  );
  expect(describeEvents([noneOf('other', 'true')])).toBe('events where other is not true');
});

test('several exceptions of a field are joined by "and", several choices by "or"', () => {
  const patterns = [
    { operator: 'Equals', value: 'a' },
    { operator: 'StartsWith', value: 'b' },
  ] as const;

  expect(describeEvents([{ field: 'eventName', isOneOf: false, patterns }])).toBe(
    'events where eventName is not a and does not begin with b',
  );
  expect(describeEvents([{ field: 'eventName', isOneOf: true, patterns }])).toBe(
    'events where eventName is a or begins with b',
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
