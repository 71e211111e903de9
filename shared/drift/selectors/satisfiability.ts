/** A condition: a field's value matches one of the patterns, or none of them. */
export type Conjunction = {
  readonly field: string;
  readonly isOneOf: boolean;
  readonly patterns: readonly Pattern[];
};

export type Pattern = {
  readonly operator: 'Equals' | 'StartsWith' | 'EndsWith';
  readonly value: string;
};

/** The number of comparisons left. Bounded because an attacker controls how hard sets are to compare. */
export type Budget = { left: number };

/**
 * Whether no value of a field meets all conditions, for values of any length and alphabet. Exact: a value that meets them is one of
 * the constants, or can be replaced by a long value that begins with its longest matching prefix, ends with its longest matching
 * suffix, and contains in between what no pattern names; that value matches no other pattern. `readOnly` is true or false. False once
 * the budget is spent.
 */
export function isUnsatisfiable(
  box: readonly Conjunction[],
  field: string,
  effort: Budget,
): boolean {
  const conditions = box.filter((condition) => condition.field === field);
  const choices = conditions.filter(({ isOneOf }) => isOneOf);
  const wanted = patternsOf(choices);
  const unwanted = patternsOf(conditions.filter(({ isOneOf }) => !isOneOf));
  effort.left -= box.length;
  const isSpent = (comparisons: number) => {
    effort.left -= comparisons + 1;
    return effort.left < 0;
  };
  const constants = [...valuesOf(wanted, 'Equals'), ...(field === 'readOnly' ? flags : [])];
  const isFound = constants.some(
    (text) =>
      isSpent(wanted.length + unwanted.length) ||
      conditions.every((condition) => meets({ whole: text, start: text, end: text }, condition)),
  );
  if (isFound || field === 'readOnly') return !isFound;
  const prefixes = valuesOf(unwanted, 'StartsWith');
  const suffixes = valuesOf(unwanted, 'EndsWith');
  const ends = ['', ...valuesOf(wanted, 'EndsWith')].filter(
    (end) => isSpent(suffixes.length) || !suffixes.some((suffix) => end.endsWith(suffix)),
  );
  return !['', ...valuesOf(wanted, 'StartsWith')].some(
    (start) =>
      (isSpent(prefixes.length) || !prefixes.some((prefix) => start.startsWith(prefix))) &&
      ends.some(
        (end) =>
          isSpent(wanted.length) ||
          choices.every((choice) => meets({ whole: null, start, end }, choice)),
      ),
  );
}

/** The values of patterns with one operator. */
export const valuesOf = (
  patterns: readonly Pattern[],
  operator: Pattern['operator'],
): readonly string[] =>
  patterns.filter((pattern) => pattern.operator === operator).map(({ value }) => value);

/** All patterns of the conditions. */
export const patternsOf = (conditions: readonly Conjunction[]): readonly Pattern[] =>
  conditions.flatMap(({ patterns }) => patterns);

/** A value of a field: a constant, or a long value with this start, this end and something else in between. */
type Value = { readonly whole: string | null; readonly start: string; readonly end: string };

const meets = (value: Value, { isOneOf, patterns }: Conjunction): boolean =>
  isOneOf === patterns.some((pattern) => fits(value, pattern));

function fits({ whole, start, end }: Value, { operator, value }: Pattern): boolean {
  switch (operator) {
    case 'Equals':
      return whole === value;
    case 'StartsWith':
      return start.startsWith(value);
    case 'EndsWith':
      return end.endsWith(value);
  }
}

const flags = ['true', 'false'];
