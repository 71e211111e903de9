import { invalidPattern } from './invalid-pattern.ts';
import type { JsonObject } from './json.ts';

export function textOf(operator: string, operand: unknown): string {
  if (typeof operand === 'string') return operand;
  throw invalidPattern(`${operator} match pattern must be a string`);
}

/** The name and the operand of an expression. Throws if it has more than one name. */
export function soleField(expression: JsonObject): readonly [string, unknown] {
  const [field, ...others] = Object.entries(expression);
  if (field === undefined) throw invalidPattern('Match expression name not found');
  if (others.length > 0) throw invalidPattern('Only one key allowed in match expression');
  return field;
}
