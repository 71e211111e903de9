import {
  type Budget,
  type Conjunction,
  isUnsatisfiable,
  type Pattern,
  patternsOf,
} from './satisfiability.ts';

/** A set of events: the union of its boxes. */
export type EventSet = readonly Box[];

/** The events that meet every condition. */
export type Box = readonly Conjunction[];

/** The events that are in `boxes` and not in `others`; null if the budget is exceeded. */
export function subtract(boxes: EventSet, others: EventSet, effort: Budget): EventSet | null {
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

/**
 * A part of `box` of which no other box has an event, found in few comparisons: each other box is avoided by one of its conditions. Null if
 * that finds none, although there may be one.
 */
export function partOutside(box: Box, others: EventSet, effort: Budget): Box | null {
  let part = box;
  for (const other of others) {
    if (isEmpty([...part, ...other], effort)) continue;
    const held = part;
    const avoided = other
      .map(negated)
      .find((condition) => !isUnsatisfiable([...held, condition], condition.field, effort));
    if (avoided === undefined) return null;
    part = [...held, avoided];
  }
  return effort.left < 0 ? null : part;
}

/** Whether no event meets all conditions. False once the budget is spent. */
export const isEmpty = (box: Box, effort: Budget): boolean =>
  fieldsOf(box).some((field) => isUnsatisfiable(box, field, effort));

/** Whether a non-empty box is a subset of another one. False once the budget is spent. */
export const isPartOf = (box: Box, other: Box, effort: Budget): boolean =>
  effort.left >= 0 &&
  other.every((condition) =>
    isUnsatisfiable([...box, negated(condition)], condition.field, effort),
  );

/**
 * The set in canonical form: boxes that differ only in the values of one field are merged. Boxes of different categories are not
 * merged, because one may be lost without the other.
 */
export const merged = (boxes: EventSet): EventSet =>
  fieldsOf(boxes.flat())
    .filter((field) => field !== 'eventCategory')
    .reduce(mergedBy, unique(boxes.map(canonical)));

export const fieldsOf = (box: Box): readonly string[] => unique(box.map(({ field }) => field));

/** Splits `box` at each condition of `other`, so that no two parts share an event. */
function minus(box: Box, other: Box, effort: Budget): EventSet {
  if (isEmpty(withoutExcluded([...box, ...other]), effort)) return [box];
  const slices: Box[] = [];
  let held = box;
  for (const condition of other) {
    const slice = withoutExcluded([...held, negated(condition)]);
    if (isUnsatisfiable(slice, condition.field, effort)) continue;
    slices.push(slice);
    held = withoutExcluded([...held, condition]);
  }
  return slices;
}

/**
 * The box without the values that it also excludes, by text. Two long lists that differ in a few values are then compared by these
 * values only.
 */
function withoutExcluded(box: Box): Box {
  const excluded = new Set(
    box
      .filter(({ isOneOf }) => !isOneOf)
      .flatMap(({ field, patterns }) => patterns.map((pattern) => keyOf(field, pattern))),
  );
  return box.map((condition) => {
    const { field, isOneOf, patterns } = condition;
    const isLeft = (pattern: Pattern) => !excluded.has(keyOf(field, pattern));
    return isOneOf ? { ...condition, patterns: patterns.filter(isLeft) } : condition;
  });
}

const keyOf = (field: string, { operator, value }: Pattern): string =>
  JSON.stringify([field, operator, value]);

const negated = (condition: Conjunction): Conjunction => ({
  ...condition,
  isOneOf: !condition.isOneOf,
});

function mergedBy(boxes: EventSet, field: string): EventSet {
  const groups = Map.groupBy(boxes, (box) => {
    const [condition, ...more] = box.filter((condition) => condition.field === field);
    const isChoice = condition?.isOneOf === true && more.length === 0;
    return JSON.stringify(isChoice ? without(box, field) : [box]);
  });
  const wholes = [...groups.values()].flatMap((group) => {
    if (group.length === 1) return group;
    const conditions = group.flat();
    const choices = conditions.filter((condition) => condition.field === field);
    const choice = { field, isOneOf: true, patterns: patternsOf(choices) };
    return [canonical([...without(conditions, field), choice])];
  });
  return unique(wholes);
}

const without = (box: Box, field: string): Box =>
  box.filter((condition) => condition.field !== field);

const canonical = (box: Box): Box =>
  unique(
    box.map(({ field, isOneOf, patterns }) => ({ field, isOneOf, patterns: unique(patterns) })),
  );

/** The distinct values, sorted by their JSON text. */
function unique<Value>(values: readonly Value[]): readonly Value[] {
  const byText = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...byText.keys()].sort().map((text) => byText.get(text) as Value);
}
