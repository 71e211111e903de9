import { invalidPattern } from './invalid-pattern.ts';
import type { Test } from './json.ts';
import { isLeaf, isObject } from './json.ts';
import { isOperator, testOf } from './operators.ts';

/** A pattern without `$or`: the requirement of each field, by dotted path. */
export type Rule = ReadonlyMap<string, Requirement>;

/** The field has a value that passes a test, or does not exist if it may be absent. */
export type Requirement = { readonly tests: readonly Test[]; readonly mayBeAbsent: boolean };

/** Expands each `$or` of a pattern into rules. An event matches if it satisfies one of them. */
export function rulesOf(pattern: unknown): readonly Rule[] {
  if (!isObject(pattern)) throw invalidPattern('Filter is not an object');
  return rulesIn({ path: [], insideOr: false }, pattern);
}

type Place = { readonly path: readonly string[]; readonly insideOr: boolean };

function rulesIn(place: Place, pattern: object): readonly Rule[] {
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw invalidPattern('Empty objects are not allowed');
  return fields.map(([name, value]) => rulesOfField(place, name, value)).reduce(eachWithEach);
}

function rulesOfField(place: Place, name: string, value: unknown): readonly Rule[] {
  if (name === '$or') return rulesOfOr(place, value);
  if (place.insideOr && isOperator(name)) {
    throw invalidPattern(`${name} is Ruler reserved fieldName which cannot be used inside $or.`);
  }
  const path = [...place.path, name];
  // As in AWS, {a: {b: …}} and {'a.b': …} are the same field.
  if (Array.isArray(value)) return [new Map([[path.join('.'), requirement(value)]])];
  if (isObject(value)) return rulesIn({ ...place, path }, value);
  throw invalidPattern(`"${name}" must be an object or an array`);
}

function rulesOfOr({ path }: Place, alternatives: unknown): readonly Rule[] {
  if (!Array.isArray(alternatives)) throw invalidPattern('It must be an Array followed with $or.');
  if (alternatives.length < 2) {
    throw invalidPattern('There must have at least 2 Objects in $or relationship.');
  }
  const rules = alternatives.flatMap((alternative: unknown) => {
    if (isObject(alternative)) return rulesIn({ path, insideOr: true }, alternative);
    throw invalidPattern('Only JSON object is allowed in array of $or relationship.');
  });
  refuseOver(mostRules, rules.length);
  return rules;
}

function requirement(alternatives: readonly unknown[]): Requirement {
  if (alternatives.length === 0) throw invalidPattern('Empty arrays are not allowed');
  const tests = alternatives.map(alternativeOf);
  return {
    tests: tests.filter((test) => test !== 'absent'),
    mayBeAbsent: tests.includes('absent'),
  };
}

function alternativeOf(alternative: unknown): Test | 'absent' {
  if (isLeaf(alternative)) return (value) => value === alternative;
  if (isObject(alternative)) return testOf(alternative);
  throw invalidPattern('Match value must be String, number, true, false, or null');
}

function eachWithEach(some: readonly Rule[], others: readonly Rule[]): readonly Rule[] {
  refuseOver(mostRules, some.length * others.length);
  return some.flatMap((one) => others.map((other) => both(one, other)));
}

/** EventBridge refuses patterns that expand to more rules. */
const mostRules = 1000;

function refuseOver(limit: number, rules: number): void {
  if (rules > limit) throw invalidPattern(`$or comes to over ${limit} rule combinations`);
}

function both(one: Rule, other: Rule): Rule {
  for (const path of other.keys()) {
    if (one.has(path)) throw invalidPattern(`Path \`${path}\` cannot be allowed multiple times`);
  }
  return new Map([...one, ...other]);
}
