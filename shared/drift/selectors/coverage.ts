import type { EventKind } from '../history-model.ts';
import {
  type Loss,
  lossOf,
  partialLossOf,
  possibleLossOf,
  type Since,
  summed,
} from './describe-loss.ts';
import { type Box, type EventSet, isEmpty, merged, partOutside, subtract } from './event-set.ts';
import { minimalCover } from './minimal-cover.ts';
import type { Conjunction, Pattern } from './satisfiability.ts';
import type { AdvancedSelector, BasicSelector, Selectors } from './schema.ts';

export type { Loss } from './describe-loss.ts';

/**
 * The events that `desired` records and `actual` does not, as sentences, highest severity first; empty if none are lost. Compares
 * events, not text, and is exact for values of any length and alphabet. If the comparison exceeds its budget, the loss is reported
 * as that of some events, or as possible if not even one is certainly lost.
 */
export const losses = (desired: Selectors, actual: Selectors): readonly Loss[] =>
  lossesSince(desired, actual, 'no longer');

/** The same, worded for events that were never recorded. */
export const missing = (wanted: Selectors, actual: Selectors): readonly Loss[] =>
  lossesSince(wanted, actual, 'not');

function lossesSince(desired: Selectors, actual: Selectors, since: Since): readonly Loss[] {
  const wanted = eventsOf(desired);
  const recorded = eventsOf(actual);
  const shares = wanted.map((box) => {
    const effort = { left: comparisons / wanted.length };
    return { box, lost: subtract([box], recorded, effort) };
  });
  const lost = shares.flatMap((share) => share.lost ?? []);
  const { boxes: named, isPlain } = minimalCover(lost, wanted, recorded, { left: comparisons });
  const unnamed = shares.flatMap(({ box, lost }): readonly Loss[] => {
    if (lost !== null) {
      return isPlain || lost.length === 0 ? [] : [partialLossOf(box, lost, since)];
    }
    const part = partOutside(box, recorded, { left: comparisons / wanted.length });
    // How much more is lost is unknown: it may be all of it.
    return [part === null ? possibleLossOf(box, since) : partialLossOf(box, [box], since)];
  });
  return summed([...(isPlain ? named.map((box) => lossOf(box, since)) : []), ...unnamed], since);
}

/** The kinds of events of which `actual` records, or may record, less than `desired`. */
export function lostKinds(desired: Selectors, actual: Selectors): readonly EventKind[] {
  const recorded = eventsOf(actual);
  return eventKinds.filter((kind) => {
    const effort = { left: comparisons };
    return subtract(ofKind(desired, kind), recorded, effort)?.length !== 0;
  });
}

/** The kinds of events of which selectors record any. */
export const recordedKinds = (selectors: Selectors): readonly EventKind[] =>
  eventKinds.filter((kind) => ofKind(selectors, kind).length > 0);

/** Whether selectors record every read-only management event of a service; false if the comparison exceeds its budget. */
export function recordsReadsOf(selectors: Selectors, eventSource: string): boolean {
  const reads = [
    equal('eventCategory', [categories.management]),
    equal('readOnly', ['true']),
    equal('eventSource', [eventSource]),
  ];
  return subtract([reads], eventsOf(selectors), { left: comparisons })?.length === 0;
}

/** Event categories, by their names in selectors. */
const categories = {
  management: 'Management',
  data: 'Data',
  'network activity': 'NetworkActivity',
} as const satisfies Partial<Record<EventKind, string>>;

const eventKinds = Object.keys(categories) as (keyof typeof categories)[];

function ofKind(selectors: Selectors, kind: keyof typeof categories): EventSet {
  const effort = { left: comparisons };
  return eventsOf(selectors)
    .map((box) => [...box, equal('eventCategory', [categories[kind]])])
    .filter((box) => !isEmpty(box, effort));
}

/** A few tenths of a second: the first write waits for the plan, and an attacker controls what is compared. */
const comparisons = 150_000;

type Operator = Pattern['operator'];
type DataResource = BasicSelector['DataResources'][number];

/**
 * The events that selectors record. A trail that has none records all management events.
 * Source: CloudTrail API reference, PutEventSelectors; CloudTrail user guide, "Filtering data events by using advanced event
 * selectors". Assumes one value per field: AWS does not document how CloudTrail matches an event with several resources or without
 * the field.
 */
function eventsOf({ EventSelectors, AdvancedEventSelectors }: Selectors): EventSet {
  const boxes = AdvancedEventSelectors?.length
    ? AdvancedEventSelectors.map(advancedBox)
    : EventSelectors?.length
      ? EventSelectors.flatMap(basicBoxes)
      : [[equal('eventCategory', ['Management'])]];
  const effort = { left: comparisons };
  return merged(boxes.filter((box) => !isEmpty(box, effort)));
}

/** Values of positive operators are alternatives, those of negative operators exceptions. An empty list means no condition. */
const advancedBox = ({ FieldSelectors }: AdvancedSelector): Box =>
  FieldSelectors.flatMap((selector) => {
    const field = selector.Field;
    const fitting = operators.flatMap((operator) => patternsOf(operator, selector[operator]));
    const unfitting = operators.flatMap((operator) =>
      patternsOf(operator, selector[`Not${operator}`]),
    );
    return [
      { field, isOneOf: true, patterns: fitting },
      { field, isOneOf: false, patterns: unfitting },
    ].filter(({ patterns }) => patterns.length > 0);
  });

const operators = ['Equals', 'StartsWith', 'EndsWith'] as const;

function basicBoxes(selector: BasicSelector): EventSet {
  const { ReadWriteType, IncludeManagementEvents, DataResources } = selector;
  const mode =
    ReadWriteType === 'All'
      ? []
      : [equal('readOnly', [flagOf.get(ReadWriteType) ?? ReadWriteType])];
  const excluded = selector.ExcludeManagementEventSources.map((source) => ({
    ...equal('eventSource', [source]),
    isOneOf: false,
  }));
  const management = [equal('eventCategory', ['Management']), ...excluded, ...mode];
  const data = DataResources.map((resource) => [
    equal('eventCategory', ['Data']),
    equal('resources.type', [resource.Type]),
    ...resourcesOf(resource),
    ...mode,
  ]);
  return [...(IncludeManagementEvents ? [management] : []), ...data];
}

/** An unknown resource type matches only itself. */
const flagOf: ReadonlyMap<string, string> = new Map([
  ['ReadOnly', 'true'],
  ['WriteOnly', 'false'],
]);

/**
 * The resources of a basic selector: all for the type's service prefix, none without a value. Objects match by prefix, functions by
 * exact ARN, and tables too, because AWS documents no prefix for them. Source: CloudTrail API reference, DataResource.
 */
function resourcesOf({ Type, Values }: DataResource): readonly Conjunction[] {
  if (Values.some((value) => everyResource.get(Type)?.test(value))) return [];
  const operator = Type === 'AWS::S3::Object' ? 'StartsWith' : 'Equals';
  return [{ field: 'resources.ARN', isOneOf: true, patterns: patternsOf(operator, Values) }];
}

/** The service prefix of an ARN, in any partition. */
const everyResource: ReadonlyMap<string, RegExp> = new Map([
  ['AWS::S3::Object', /^arn:aws[a-z-]*:s3(:::)?$/],
  ['AWS::Lambda::Function', /^arn:aws[a-z-]*:lambda$/],
  ['AWS::DynamoDB::Table', /^arn:aws[a-z-]*:dynamodb$/],
]);

const equal = (field: string, values: readonly string[]): Conjunction => ({
  field,
  isOneOf: true,
  patterns: patternsOf('Equals', values),
});

const patternsOf = (operator: Operator, values: readonly string[] = []): readonly Pattern[] =>
  values.map((value) => ({ operator, value }));
