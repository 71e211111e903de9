import { invalidPattern } from './invalid-pattern.ts';
import { isObject, type JsonObject, type Test } from './json.ts';
import { isComparable, outOfBounds } from './numeric.ts';
import { soleField, textOf } from './operand.ts';
import { endsWith, equalsIgnoringCase, startsWith, type TextTest, wildcard } from './text.ts';

/** Any value except the given ones. */
export function anythingBut(operand: unknown): Test {
  return isObject(operand) ? noText(operand) : noneOf(listed(operand));
}

function noneOf(values: readonly unknown[]): Test {
  const [type, ...others] = new Set(values.map((value) => typeof value));
  if ((type !== 'string' && type !== 'number') || others.length > 0) {
    throw invalidPattern(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    );
  }
  if (values.some((value) => typeof value === 'number' && !isComparable(value))) {
    throw outOfBounds();
  }
  return (value) => !values.includes(value);
}

function noText(expression: JsonObject): Test {
  const [name, operand] = soleField(expression);
  const test = Object.hasOwn(tests, name) ? tests[name] : undefined;
  if (test === undefined) throw invalidPattern(`Unsupported anything-but pattern: ${name}`);
  const excluded = listed(operand).map((text) => test(textOf(name, text)));
  return (value) => typeof value !== 'string' || !excluded.some((excludes) => excludes(value));
}

const tests: Readonly<Record<string, (text: string) => TextTest>> = {
  prefix: (text) => startsWith(something(text)),
  suffix: (text) => endsWith(something(text)),
  'equals-ignore-case': equalsIgnoringCase,
  wildcard,
};

function something(text: string): string {
  if (text === '') throw invalidPattern('Null prefix/suffix not allowed');
  return text;
}

function listed(operand: unknown): readonly unknown[] {
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) throw invalidPattern('Empty arrays are not allowed');
  return values;
}
