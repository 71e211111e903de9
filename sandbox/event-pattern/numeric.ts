import { invalidPattern } from './invalid-pattern.ts';
import type { Test } from './json.ts';

/** `['=', 5]`, one bound such as `['<', 5]`, or a lower and an upper bound: `['>', 0, '<=', 5]`. */
export function numeric(operand: unknown): Test {
  if (!Array.isArray(operand)) throw invalidPattern('Value of numeric must be an array.');
  const [operator, bound, upperOperator, upperBound]: readonly unknown[] = operand;
  if (operand.length <= 2) return comparison(Object.keys(comparisons), operator, bound).test;
  if (operand.length > 4) throw invalidPattern('Too many elements in numeric expression');
  const bottom = comparison(['>', '>='], operator, bound);
  const top = comparison(['<', '<='], upperOperator, upperBound);
  if (bottom.bound >= top.bound) throw invalidPattern('Bottom must be less than top');
  return (value) => bottom.test(value) && top.test(value);
}

type Comparison = { readonly bound: number; readonly test: Test };

function comparison(names: readonly string[], name: unknown, bound: unknown): Comparison {
  const compares = typeof name === 'string' && names.includes(name) ? comparisons[name] : undefined;
  if (compares === undefined) throw invalidPattern(`Bad numeric range operator: ${name}`);
  if (typeof bound !== 'number') throw invalidPattern(`Value of ${name} must be numeric`);
  if (!isComparable(bound)) throw outOfBounds();
  const test: Test = (value) =>
    typeof value === 'number' && isComparable(value) && compares(value, bound);
  return { bound, test };
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** EventBridge compares only numbers up to five billion with at most six decimals. */
export const isComparable = (value: number): boolean =>
  Math.abs(value) <= 5e9 && Number(value.toFixed(6)) === value;

export const outOfBounds = () =>
  invalidPattern('Value must be between -5.0E9 and 5.0E9, inclusive, with up to 6 decimals');
