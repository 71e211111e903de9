import type { AdvancedEventSelector, AdvancedFieldSelector } from '@aws-sdk/client-cloudtrail';
import { type Category, type Field, fieldsFor, type Operator } from './advanced-fields.ts';
import { list, text } from './input.ts';
import { invalid, invalidSelectors, noSelectors } from './invalid-selectors.ts';
import { isGiven, oneOf, structure, texts } from './members.ts';
import { rule } from './rules.ts';

/** Validated advanced event selectors. CloudTrail returns them unchanged. */
export const advancedSelectors = (value: unknown, lenient: boolean): AdvancedEventSelector[] => {
  const selectors = list(value).map((one) => selector(one, lenient));
  if (selectors.length === 0) throw noSelectors();
  const values = selectors.flatMap(({ FieldSelectors = [] }) => FieldSelectors).flatMap(valuesOf);
  if (values.length <= 500) return selectors;
  throw invalidSelectors('Specify up to 500 values for all conditions in all your selectors.');
};

const selector = (value: unknown, lenient: boolean): AdvancedEventSelector => {
  const { Name, FieldSelectors } = structure(value);
  const fieldSelectors = list(FieldSelectors).map(fieldSelector);
  checkFields(fieldSelectors, lenient);
  return {
    ...(isGiven(Name) ? { Name: selectorName(text(Name)) } : {}),
    FieldSelectors: fieldSelectors,
  };
};

const selectorName = rule(invalid, [[/^.{1001,}$/s, 'Name must have at most 1000 characters.']]);

const operators: readonly Operator[] = [
  'Equals',
  'StartsWith',
  'EndsWith',
  'NotEquals',
  'NotStartsWith',
  'NotEndsWith',
];

// Refusal of a condition without an operator: reported in aws/aws-sdk-go#4260.
const fieldSelector = (value: unknown): AdvancedFieldSelector => {
  const given = structure(value);
  const conditions = operators
    .filter((operator) => isGiven(given[operator]))
    .map((operator) => [operator, texts(given[operator]).map(conditionValue)] as const);
  if (conditions.length > 0 && conditions.every(([, values]) => values.length > 0)) {
    return { Field: text(given.Field), ...Object.fromEntries(conditions) };
  }
  throw invalidSelectors(
    `Field ${given.Field} must have at least one operator, and each operator at least one value.`,
  );
};

const conditionValue = rule(invalid, [
  [/^$|^.{2049,}$/s, 'A value must have 1 to 2048 characters.'],
]);

const valuesOf = (field: AdvancedFieldSelector): string[] =>
  operators.flatMap((operator) => field[operator] ?? []);

// "Each field only once per selector" is documented for resources.type and assumed for all fields.
const checkFields = (selectors: readonly AdvancedFieldSelector[], lenient: boolean) => {
  const names = selectors.map(({ Field }) => Field);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalidSelectors(`Field ${twice} is used more than once.`);

  const category = categoryOf(selectors);
  const fields = fieldsFor(lenient)[category];
  for (const one of selectors) checkField(one, category, fields.get(one.Field ?? ''));
  const missing = [...fields].find(([name, { required }]) => required && !names.includes(name));
  if (missing) throw invalidSelectors(`${category} events need a selector of ${missing[0]}.`);
};

const categoryOf = (selectors: readonly AdvancedFieldSelector[]): Category => {
  const values = selectors.find(({ Field }) => Field === 'eventCategory')?.Equals ?? [];
  if (values.length === 1) return eventCategory(values[0]);
  throw invalidSelectors('Each selector needs eventCategory with one value of Equals.');
};

const eventCategory = oneOf(invalid, 'eventCategory', ['Management', 'Data', 'NetworkActivity']);

const checkField = (one: AdvancedFieldSelector, category: Category, field: Field | undefined) => {
  if (!field) throw invalidSelectors(`Field ${one.Field} is not one of ${category} events.`);
  const foreign = operators.find(
    (operator) => one[operator] && field.operators && !field.operators.includes(operator),
  );
  if (foreign) throw invalidSelectors(`Field ${one.Field} does not accept ${foreign}.`);
  const wrong = valuesOf(one).find((value) => field.values && !field.values.includes(value));
  if (wrong !== undefined) {
    throw invalidSelectors(`Value ${wrong} of field ${one.Field} is invalid.`);
  }
};
