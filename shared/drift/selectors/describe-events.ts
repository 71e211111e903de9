import { type Box, fieldsOf } from './event-set.ts';
import { type Conjunction, type Pattern, valuesOf } from './satisfiability.ts';

/**
 * A box as text, with the field names of event selectors: `management events where eventSource is kms.amazonaws.com`. Values are
 * untrusted data.
 */
export function describeEvents(box: Box): string {
  const { events, conditions } = categoryOf(box);
  const words = fieldsOf(conditions)
    .toSorted((one, other) => Number(other === 'resources.type') - Number(one === 'resources.type'))
    .flatMap((field) => conditions.filter((one) => one.field === field).map(describeCondition));
  return words.length === 0 ? events : `${events} where ${words.join(' and ')}`;
}

/** The category as a noun, and the other conditions; the category stays a condition if it is not one constant. */
function categoryOf(box: Box): { readonly events: string; readonly conditions: Box } {
  const [category, ...more] = box.filter(({ field }) => field === 'eventCategory');
  const [pattern, ...others] = category?.patterns ?? [];
  const isConstant = category?.isOneOf && pattern?.operator === 'Equals' && others.length === 0;
  if (!isConstant || more.length > 0) return { events: 'events', conditions: box };
  const events = `${nouns.get(pattern.value) ?? capped(pattern.value)} events`;
  return { events, conditions: box.filter((condition) => condition !== category) };
}

const nouns: ReadonlyMap<string, string> = new Map([
  ['Management', 'management'],
  ['Data', 'data'],
  ['NetworkActivity', 'network activity'],
]);

/** `eventName begins with Get, List`, `eventSource is not a and does not end with b`. */
function describeCondition({ field, isOneOf, patterns }: Conjunction): string {
  const [value, ...more] = valuesOf(patterns, 'Equals');
  if (field === 'readOnly' && !isOneOf && more.length === 0) {
    if (value === 'true') return 'readOnly is false';
    if (value === 'false') return 'readOnly is true';
  }
  const verbs = isOneOf ? positive : negative;
  const words = verbs.flatMap(([operator, verb]) => {
    const values = valuesOf(patterns, operator);
    return values.length === 0 ? [] : [`${verb} ${listed(values)}`];
  });
  return `${capped(field)} ${words.join(isOneOf ? ' or ' : ' and ')}`;
}

type Verbs = readonly (readonly [Pattern['operator'], string])[];
const positive: Verbs = [
  ['Equals', 'is'],
  ['StartsWith', 'begins with'],
  ['EndsWith', 'ends with'],
];
const negative: Verbs = [
  ['Equals', 'is not'],
  ['StartsWith', 'does not begin with'],
  ['EndsWith', 'does not end with'],
];

const listed = (values: readonly string[]): string => {
  const first = values.slice(0, 5).map(capped).join(', ');
  return values.length <= 5 ? first : `${first} and ${values.length - 5} more`;
};

const capped = (value: string): string => (value.length > 200 ? `${value.slice(0, 200)}…` : value);
