/** A set of events: the union of its boxes. */
export type EventSet = readonly Box[];

/** The events that meet every condition. */
export type Box = readonly Condition[];

/** A field's value fits one of the patterns, or none of them. */
export type Condition = {
  readonly field: string;
  readonly isOneOf: boolean;
  readonly patterns: readonly Pattern[];
};

export type Pattern = {
  readonly operator: 'Equals' | 'StartsWith' | 'EndsWith';
  readonly value: string;
};

/** The comparisons that may still be made: an attacker chooses how hard the sets are to tell apart. */
export type Effort = { left: number };

/** The events that are in `boxes` and not in `others`, or null where finding out takes too much effort. */
export function subtract(boxes: EventSet, others: EventSet, effort: Effort): EventSet | null {
  let left = boxes;
  for (const other of others) {
    const next: Box[] = [];
    for (const box of left) {
      next.push(...minus(box, other, effort));
      if (next.length > 2_000 || effort.left < 0) return null;
    }
    left = next;
  }
  return left;
}

/** Whether no event meets all conditions. Once the effort is spent the answer is no: it may hold events. */
export const isEmpty = (box: Box, effort: Effort): boolean =>
  fieldsOf(box).some((field) => isImpossible(box, field, effort));

/** Whether every event of a box that has any is in another one. Once the effort is spent the answer is no. */
export const isPartOf = (box: Box, other: Box, effort: Effort): boolean =>
  effort.left >= 0 &&
  other.every((condition) => isImpossible([...box, negated(condition)], condition.field, effort));

/**
 * Whether no value of a field meets the conditions on it, for values of any length and alphabet. This is exact: a value that
 * meets them is one of the constants, or may be exchanged for a long one that begins with the longest prefix it fits, ends
 * with the longest suffix it fits and has in between what no pattern names; that one fits no pattern which the first did not.
 * `readOnly` is true or false. Once the effort is spent the answer is no.
 */
export function isImpossible(box: Box, field: string, effort: Effort): boolean {
  const conditions = box.filter((condition) => condition.field === field);
  const wanted = conditions.filter(({ isOneOf }) => isOneOf).flatMap(({ patterns }) => patterns);
  const constants = [...valuesOf(wanted, 'Equals'), ...(field === 'readOnly' ? flags : [])];
  const starts = field === 'readOnly' ? [] : ['', ...valuesOf(wanted, 'StartsWith')];
  const ends = ['', ...valuesOf(wanted, 'EndsWith')];
  const tests = conditions.reduce((sum, { patterns }) => sum + patterns.length, 1);
  const isPossible = (value: Value) => {
    effort.left -= tests;
    return effort.left < 0 || conditions.every((condition) => meets(value, condition));
  };
  return !(
    constants.some((whole) => isPossible({ whole, start: whole, end: whole })) ||
    starts.some((start) => ends.some((end) => isPossible({ whole: null, start, end })))
  );
}

/**
 * The same set in its canonical form, where boxes that differ in the choices for one field are one box. Those of different
 * categories stay apart: one may be lost, or in doubt, without the other.
 */
export const merged = (boxes: EventSet): EventSet =>
  fieldsOf(boxes.flat())
    .filter((field) => field !== 'eventCategory')
    .reduce(mergedBy, unique(boxes.map(canonical)));

/** The values that patterns of one operator name. */
export const valuesOf = (
  patterns: readonly Pattern[],
  operator: Pattern['operator'],
): readonly string[] =>
  patterns.filter((pattern) => pattern.operator === operator).map(({ value }) => value);

export const fieldsOf = (box: Box): readonly string[] => unique(box.map(({ field }) => field));

/** Cuts `box` along each condition of `other` in turn, so that no two slices share an event. */
function minus(box: Box, other: Box, effort: Effort): EventSet {
  if (isEmpty([...box, ...other], effort)) return [box];
  const slices: Box[] = [];
  let held = box;
  for (const condition of other) {
    const slice = [...held, negated(condition)];
    if (isImpossible(slice, condition.field, effort)) continue;
    slices.push(slice);
    held = [...held, condition];
  }
  return slices;
}

const negated = (condition: Condition): Condition => ({
  ...condition,
  isOneOf: !condition.isOneOf,
});

/** A value of a field: a constant, or any long one with this start, this end and something unlikely in between. */
type Value = { readonly whole: string | null; readonly start: string; readonly end: string };

const meets = (value: Value, { isOneOf, patterns }: Condition): boolean =>
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

function mergedBy(boxes: EventSet, field: string): EventSet {
  const groups = Map.groupBy(boxes, (box) => {
    const [condition, ...more] = box.filter((condition) => condition.field === field);
    const isChoice = condition?.isOneOf === true && more.length === 0;
    return JSON.stringify(isChoice ? without(box, field) : [box]);
  });
  const wholes = [...groups.values()].flatMap((group) => {
    if (group.length === 1) return group;
    const conditions = group.flat();
    const patterns = conditions
      .filter((condition) => condition.field === field)
      .flatMap((condition) => condition.patterns);
    return [canonical([...without(conditions, field), { field, isOneOf: true, patterns }])];
  });
  return unique(wholes);
}

const without = (box: Box, field: string): Box =>
  box.filter((condition) => condition.field !== field);

const canonical = (box: Box): Box =>
  unique(
    box.map(({ field, isOneOf, patterns }) => ({ field, isOneOf, patterns: unique(patterns) })),
  );

/** The values in the order of their JSON text, each once. */
function unique<Value>(values: readonly Value[]): readonly Value[] {
  const byText = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...byText.keys()].sort().map((text) => byText.get(text) as Value);
}
