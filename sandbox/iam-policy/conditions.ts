import { BlockList, isIP } from 'node:net';
import { arnWildcard, wildcard } from './wildcard.ts';

/** The values of a request by condition key. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** A condition block: values by key by operator. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;

export type OneOrMore = string | boolean | number | readonly (string | boolean | number)[];

/**
 * A test of a request's context against a condition block: every operator and every key in it must match. Throws
 * `TypeError` for an operator or an address that IAM does not know. Source: IAM user guide, "IAM JSON policy elements: Condition
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

/** Whether IAM knows the operators of a condition block. */
export function isConditionBlock(conditions: unknown): boolean {
  try {
    compileConditions((conditions ?? {}) as Conditions);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
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
  const isNegated = negations[name] !== undefined;
  const compare = comparisons[negations[name] ?? name];
  if (compare === undefined) throw new TypeError(`there is no condition operator ${operator}`);
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

type Compare = (wanted: string) => (value: string) => boolean;

const equalsIgnoringCase: Compare = (wanted) => (value) =>
  value.toLowerCase() === wanted.toLowerCase();

const inOrder =
  (read: (text: string) => number, isMet: (value: number, wanted: number) => boolean): Compare =>
  (wanted) =>
  (value) =>
    isMet(read(value), read(wanted));

/** Dates are in ISO 8601, or seconds since 1970. */
const timeOf = (text: string): number =>
  /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);

const equal = (one: number, other: number): boolean => one === other;
const less = (one: number, other: number): boolean => one < other;
const lessOrEqual = (one: number, other: number): boolean => one <= other;
const greater = (one: number, other: number): boolean => one > other;
const greaterOrEqual = (one: number, other: number): boolean => one >= other;

const comparisons: Readonly<Record<string, Compare>> = {
  StringEquals: (wanted) => (value) => value === wanted,
  StringEqualsIgnoreCase: equalsIgnoringCase,
  StringLike: (wanted) => wildcard(wanted),
  // "ArnEquals and ArnLike behave identically."
  ArnEquals: arnWildcard,
  ArnLike: arnWildcard,
  Bool: equalsIgnoringCase,
  BinaryEquals: (wanted) => (value) => value === wanted,
  IpAddress: addressBlock,
  NumericEquals: inOrder(Number, equal),
  NumericLessThan: inOrder(Number, less),
  NumericLessThanEquals: inOrder(Number, lessOrEqual),
  NumericGreaterThan: inOrder(Number, greater),
  NumericGreaterThanEquals: inOrder(Number, greaterOrEqual),
  DateEquals: inOrder(timeOf, equal),
  DateLessThan: inOrder(timeOf, less),
  DateLessThanEquals: inOrder(timeOf, lessOrEqual),
  DateGreaterThan: inOrder(timeOf, greater),
  DateGreaterThanEquals: inOrder(timeOf, greaterOrEqual),
};

/** The operators that are met where another one is not. */
const negations: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
};

/** A test of addresses against a block, or against one address. */
function addressBlock(wanted: string): (value: string) => boolean {
  const [address = '', bits] = wanted.split('/');
  const family = familyOf(address);
  const block = new BlockList();
  try {
    block.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
  } catch {
    throw new TypeError(`${wanted} is no block of addresses`);
  }
  return (value) => isIP(value) !== 0 && block.check(value, familyOf(value));
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

const isAbsent = (value: string | readonly string[] | undefined): boolean =>
  value === undefined || value.length === 0;

const list = (value: OneOrMore): readonly string[] => [value].flat().map(String);
