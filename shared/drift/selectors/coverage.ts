import type { EventKind } from '../history-model.ts';
import { type Box, type EventSet, isEmpty, merged, subtract } from './event-set.ts';
import { type Loss, lossOf, possibleLossOf, type Since, summed } from './loss.ts';
import { minimalCover } from './minimal-cover.ts';
import type { Conjunction, Pattern } from './satisfiability.ts';

export type { Loss } from './loss.ts';

/** Event selectors of a trail as stored: basic or advanced ones, never both; null is "not this kind". */
export type Selectors = {
  readonly EventSelectors: readonly BasicSelector[] | null;
  readonly AdvancedEventSelectors: readonly AdvancedSelector[] | null;
};

export type BasicSelector = {
  readonly ReadWriteType: string;
  readonly IncludeManagementEvents: boolean;
  readonly DataResources: readonly DataResource[];
  readonly ExcludeManagementEventSources: readonly string[];
};

export type AdvancedSelector = {
  readonly Name: string | null;
  readonly FieldSelectors: readonly FieldSelector[];
};

export type FieldSelector = { readonly Field: string } & {
  readonly [operator in Operator | `Not${Operator}`]?: readonly string[];
};

/**
 * What `desired` records and `actual` does not, in words, the gravest first; empty where nothing is lost. It goes by the
 * events, not by the text, and is exact for values of any length and alphabet. Where the selectors make that too much work, a
 * loss is told as possible.
 */
export const losses = (desired: Selectors, actual: Selectors): readonly Loss[] =>
  lossesSince(desired, actual, 'no longer');

/** The same in the words for events that were not recorded before either. */
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
  const doubtful = shares.filter(
    (share) => share.lost === null || (!isPlain && share.lost.length > 0),
  );
  return summed(
    [
      ...(isPlain ? named.map((box) => lossOf(box, since)) : []),
      ...doubtful.map(({ box }) => possibleLossOf(box, since)),
    ],
    since,
  );
}

/** The kinds of events that `desired` records and `actual` does not record all of, or may not. */
export function lostKinds(desired: Selectors, actual: Selectors): readonly EventKind[] {
  const recorded = eventsOf(actual);
  return eventKinds.filter((kind) => {
    const effort = { left: comparisons };
    return subtract(ofKind(desired, kind), recorded, effort)?.length !== 0;
  });
}

/** The kinds of events that selectors record something of. */
export const recordedKinds = (selectors: Selectors): readonly EventKind[] =>
  eventKinds.filter((kind) => ofKind(selectors, kind).length > 0);

/** Whether selectors record every read-only management event of a service; false where finding out takes too much effort. */
export function recordsReadsOf(selectors: Selectors, eventSource: string): boolean {
  const reads = [
    equal('eventCategory', [categories.management]),
    equal('readOnly', ['true']),
    equal('eventSource', [eventSource]),
  ];
  return subtract([reads], eventsOf(selectors), { left: comparisons })?.length === 0;
}

/** The categories of events, by the names that selectors have for them. */
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

/** Some tenths of a second's worth: the first write waits for the plan, and an attacker chooses what is compared. */
const comparisons = 150_000;

type Operator = Pattern['operator'];
type DataResource = { readonly Type: string; readonly Values: readonly string[] };

/**
 * The events that selectors record. A trail that has none records all management events.
 * Source: CloudTrail API reference, PutEventSelectors; CloudTrail user guide, "Filtering data events by using advanced event
 * selectors". An event is taken to have one value per field; how CloudTrail matches one that names several resources, or lacks
 * the field, is not documented.
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

/** The values of the positive operators are alternatives, those of the negative ones exceptions. An empty list is none given. */
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

/** A type that CloudTrail does not have yet stands for itself, so that it records nothing that another one does. */
const flagOf: ReadonlyMap<string, string> = new Map([
  ['ReadOnly', 'true'],
  ['WriteOnly', 'false'],
]);

/**
 * The resources of a basic selector: all for the bare service of the type, none for no value. Objects are matched by prefix,
 * functions by their exact ARN; so are tables, for which a prefix is not documented. Source: CloudTrail API reference, DataResource.
 */
function resourcesOf({ Type, Values }: DataResource): readonly Conjunction[] {
  if (Values.some((value) => everyResource.get(Type)?.test(value))) return [];
  const operator = Type === 'AWS::S3::Object' ? 'StartsWith' : 'Equals';
  return [{ field: 'resources.ARN', isOneOf: true, patterns: patternsOf(operator, Values) }];
}

/** The bare service, in any partition. */
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
