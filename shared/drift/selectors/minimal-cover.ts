import { type Box, type EventSet, isEmpty, isPartOf, merged, subtract } from './event-set.ts';
import { type Budget, type Conjunction, isUnsatisfiable, type Pattern } from './satisfiability.ts';

/**
 * The events in `lost` (those of `wanted` that are not in `recorded`), with as few conditions as possible, for display. Boxes may then
 * share events. Once the budget is spent, boxes stay unchanged; `isPlain` is false if some may name values that the rest of the box
 * rules out.
 */
export function minimalCover(
  lost: EventSet,
  wanted: EventSet,
  recorded: EventSet,
  effort: Budget,
): { readonly boxes: EventSet; readonly isPlain: boolean } {
  const isLost = (box: Box) =>
    recorded.every((other) => isEmpty([...box, ...other], effort)) &&
    subtract([box], wanted, effort)?.length === 0;
  const plainBoxes = lost.filter((box) => !isEmpty(box, effort)).map((box) => plain(box, effort));
  const isPlain = effort.left >= 0;
  const boxes = merged(plainBoxes.map((box) => widened(box, isLost)));
  return { boxes: minimal(boxes, (box, other) => isPartOf(box, other, effort)), isPlain };
}

/** The box without redundant values: those that its other conditions rule out or include. */
function plain(box: Box, effort: Budget): Box {
  const choices = box.filter(({ isOneOf }) => isOneOf);
  const chosen = choices.map((choice) => ({ ...choice, patterns: relevant(choice, box, effort) }));
  const exceptions = box
    .filter(({ isOneOf }) => !isOneOf)
    .map((exception) => ({ ...exception, patterns: relevant(exception, chosen, effort) }));
  return [...chosen, ...exceptions];
}

function relevant({ field, patterns }: Conjunction, rest: Box, effort: Budget): readonly Pattern[] {
  const one = (pattern: Pattern): Box => [{ field, isOneOf: true, patterns: [pattern] }];
  const possible = patterns.filter(
    (pattern) => !isUnsatisfiable([...rest, ...one(pattern)], field, effort),
  );
  return minimal(possible, (pattern, other) => isPartOf(one(pattern), one(other), effort));
}

/** Drops each element that is part of another; of equal elements the last remains. */
const minimal = <Part>(
  parts: readonly Part[],
  isPart: (part: Part, other: Part) => boolean,
): readonly Part[] =>
  parts.reduce(
    (left, part) =>
      left.some((other) => other !== part && isPart(part, other))
        ? left.filter((other) => other !== part)
        : left,
    parts,
  );

/** Drops conditions, then exceptions, as long as the box stays within the loss. */
function widened(box: Box, isLost: (box: Box) => boolean): Box {
  const single = without(box, box, isLost).flatMap((condition) =>
    condition.isOneOf
      ? [condition]
      : condition.patterns.map((pattern) => ({ ...condition, patterns: [pattern] })),
  );
  return without(single, single, isLost);
}

const without = (box: Box, parts: Box, isLost: (box: Box) => boolean): Box =>
  parts.reduce((wide, part) => {
    const wider = wide.filter((condition) => condition !== part);
    return isLost(wider) ? wider : wide;
  }, box);
