import { type Box, fieldsOf } from './event-set.ts';
import { type Conjunction, type Pattern, valuesOf } from './satisfiability.ts';

/** A box as text, and how its events are recorded if the text names calls. */
export function describeEvents(box: Box): { readonly events: string; readonly as: string } {
  const of = (field: string) => box.filter((condition) => condition.field === field);
  const kind = kindOf(of('eventCategory'));
  const calls = phrase(callNoun, of('eventName'));
  const isCalls = calls !== '';
  const others = fieldsOf(box)
    .filter((field) => !leading.includes(field))
    .map((field) => phrase(nounOf(field), of(field)))
    .join(' ');
  const mode = modeOf(of('readOnly'));
  const events = [
    isCalls ? calls : kind,
    resources(isCalls ? 'on ' : 'of ', of('resources.type'), of('resources.ARN')),
    phrase(sourceNoun(isCalls ? 'to ' : 'of '), of('eventSource')),
    mode !== '' && others !== '' ? `${mode}, ${others},` : mode || others,
  ];
  return { events: events.filter(Boolean).join(' '), as: isCalls ? ` as ${kind}` : '' };
}

const leading = [
  'eventCategory',
  'eventName',
  'resources.type',
  'resources.ARN',
  'eventSource',
  'readOnly',
];

function kindOf(conditions: readonly Conjunction[]): string {
  const names = alternativesOf(conditions);
  if (names === null) return ['events', phrase(categoryNoun, conditions)].join(' ').trim();
  return `${names.map((name) => kinds.get(name) ?? capped(name)).join(' and ')} events`;
}

const kinds: ReadonlyMap<string, string> = new Map([
  ['Management', 'management'],
  ['Data', 'data'],
  ['NetworkActivity', 'network activity'],
]);

function modeOf(conditions: readonly Conjunction[]): string {
  const can = (value: string) =>
    conditions.every(
      ({ isOneOf, patterns }) => isOneOf === patterns.some((pattern) => pattern.value === value),
    );
  if (can('true') === can('false')) return '';
  return can('true') ? 'that only read' : 'that write';
}

function resources(
  lead: string,
  types: readonly Conjunction[],
  arns: readonly Conjunction[],
): string {
  const names = alternativesOf(types);
  if (names === null) {
    const type = phrase(typeNoun(lead), types);
    return [type, phrase(resourceNoun(lead, 'resource', 'resources'), arns)].join(' ').trim();
  }
  const singular = names.map((name) => known.get(name)?.[0] ?? `${capped(name)} resource`);
  const plural = names.map((name) => known.get(name)?.[1] ?? `${capped(name)} resources`);
  const noun = resourceNoun(lead, listed(singular, ' or '), listed(plural, ' or '));
  const begins = names.every((name) => name === 'AWS::S3::Object') ? 'under' : noun.begins;
  return phrase({ ...noun, begins }, arns) || `${lead}${noun.every}`;
}

const known: ReadonlyMap<string, readonly [singular: string, plural: string]> = new Map([
  ['AWS::S3::Object', ['S3 object', 'S3 objects']],
  ['AWS::Lambda::Function', ['Lambda function', 'Lambda functions']],
  ['AWS::DynamoDB::Table', ['DynamoDB table', 'DynamoDB tables']],
]);

/** The constants that a field must equal, if that is its only condition; otherwise null. */
function alternativesOf(conditions: readonly Conjunction[]): readonly string[] | null {
  const [condition, ...others] = conditions;
  if (condition?.isOneOf !== true || others.length > 0) return null;
  const values = valuesOf(condition.patterns, 'Equals');
  return values.length === condition.patterns.length ? values : null;
}

/** How the values of a field are described: `by A`, `by principals whose ARN begins with A`, `by everyone but A`. */
type Noun = {
  readonly lead: string;
  readonly named: string;
  readonly some: string;
  readonly every: string;
  readonly begins: string;
  readonly ends: string;
};

function phrase(noun: Noun, conditions: readonly Conjunction[]): string {
  const { lead, named, some, every, begins, ends } = noun;
  if (conditions.length === 0) return '';
  const those = (patterns: readonly Pattern[]) =>
    choices(patterns, '', `those ${begins}`, `those ${ends}`).join(' and ');
  const [first, ...more] = conditions.filter(({ isOneOf }) => isOneOf);
  const exceptions = conditions.filter(({ isOneOf }) => !isOneOf);
  const words = [
    first === undefined
      ? every
      : choices(first.patterns, named, `${some} ${begins}`, `${some} ${ends}`).join(' or '),
    ...more.map(({ patterns }) => `and among ${those(patterns)}`),
    ...(exceptions.length === 0
      ? []
      : [`but ${those(exceptions.flatMap(({ patterns }) => patterns))}`]),
  ];
  return `${lead}${words.join(' ')}`;
}

const choices = (patterns: readonly Pattern[], named: string, begins: string, ends: string) => [
  ...listOf(named, valuesOf(patterns, 'Equals')),
  ...listOf(`${begins} `, valuesOf(patterns, 'StartsWith')),
  ...listOf(`${ends} `, valuesOf(patterns, 'EndsWith')),
];

const listOf = (lead: string, values: readonly string[]): readonly string[] =>
  values.length === 0 ? [] : [`${lead}${listed(values.map(capped), ', ')}`];

const listed = (values: readonly string[], separator: string): string =>
  values.length <= 5
    ? values.join(separator)
    : `${values.slice(0, 5).join(separator)} and ${values.length - 5} more`;

const capped = (value: string): string => (value.length > 200 ? `${value.slice(0, 200)}…` : value);

function noun(lead: string, named: string, some: string, every: string, whose: string): Noun {
  return { lead, named, some, every, begins: `${whose} begins with`, ends: `${whose} ends with` };
}

const categoryNoun = noun('of ', 'the category ', 'categories', 'every category', 'whose name');
const callNoun = noun('', 'calls of ', 'calls', 'all calls', 'whose name');

const sourceNoun = (lead: string): Noun => noun(lead, '', 'sources', 'every source', 'whose name');

const typeNoun = (lead: string): Noun =>
  noun(lead, 'the type ', 'types', 'every resource type', 'whose name');

const resourceNoun = (lead: string, singular: string, plural: string): Noun =>
  noun(lead, `${plural} `, plural, `every ${singular}`, 'whose ARN');

/** Nouns of fields that have no fixed position in the sentence. */
const others: ReadonlyMap<string, Noun> = new Map([
  ['userIdentity.arn', noun('by ', '', 'principals', 'everyone', 'whose ARN')],
  ['vpcEndpointId', noun('through ', '', 'VPC endpoints', 'every VPC endpoint', 'whose id')],
  ['errorCode', noun('with ', 'the error ', 'errors', 'every error', 'whose code')],
  ['eventType', noun('of ', 'the type ', 'types', 'every type', 'whose name')],
]);

function nounOf(field: string): Noun {
  const name = capped(field);
  return (
    others.get(field) ?? noun('with ', `${name} `, `any ${name}`, `every ${name}`, 'whose value')
  );
}
