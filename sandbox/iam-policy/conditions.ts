import { arnWildcard, wildcard } from './wildcard.ts';

/** The values of a request by condition key. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** A condition block: values by key by operator. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;

export type OneOrMore = string | boolean | number | readonly (string | boolean | number)[];

/**
 * A test of a request's context against a condition block: every operator and every key in it must match. Throws
 * `TypeError` for an operator that is not modeled. Source: IAM user guide, "IAM JSON policy elements: Condition
 * operators" and "Conditions with multiple context keys or values".
 */
export function compileConditions(conditions: Conditions): (context: Context) => boolean {
  const tests = Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => compile(operator, key.toLowerCase(), list(value))),
  );
  return (context) => {
    const given = new Map(
      Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]),
    );
    return tests.every((holds) => holds(given));
  };
}

type Given = ReadonlyMap<string, string | readonly string[]>;

function compile(
  operator: string,
  key: string,
  values: readonly string[],
): (given: Given) => boolean {
  if (operator === 'Null') {
    return (given) => values.some((value) => (value === 'true') === isAbsent(given.get(key)));
  }
  const [, quantifier, name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator) ?? [];
  const { isNegated, compare } = comparison(name, operator);
  const tests = values.map(compare);
  const matches = (value: string) => tests.some((test) => test(value)) !== isNegated;
  return (given) => {
    const value = given.get(key);
    if (isAbsent(value)) {
      return ifExists !== undefined || (quantifier ? quantifier === 'ForAllValues' : isNegated);
    }
    const all = list(value ?? []);
    if (quantifier === 'ForAllValues') return all.every(matches);
    return quantifier === undefined && isNegated ? all.every(matches) : all.some(matches);
  };
}

function comparison(name: string, operator: string) {
  const positive = name.replace('Not', '');
  const compare = comparisons[positive];
  const isNegated = positive !== name;
  if (compare === undefined || (isNegated && positive === 'Bool')) {
    throw new TypeError(`the sandbox does not model the condition operator ${operator}`);
  }
  return { isNegated, compare };
}

type Compare = (wanted: string) => (value: string) => boolean;

const equalsIgnoringCase: Compare = (wanted) => (value) =>
  value.toLowerCase() === wanted.toLowerCase();

const comparisons: Readonly<Record<string, Compare>> = {
  StringEquals: (wanted) => (value) => value === wanted,
  StringEqualsIgnoreCase: equalsIgnoringCase,
  StringLike: (wanted) => wildcard(wanted),
  // "ArnEquals and ArnLike behave identically."
  ArnEquals: arnWildcard,
  ArnLike: arnWildcard,
  Bool: equalsIgnoringCase,
};

const isAbsent = (value: string | readonly string[] | undefined): boolean =>
  value === undefined || value.length === 0;

const list = (value: OneOrMore): readonly string[] => [value].flat().map(String);
