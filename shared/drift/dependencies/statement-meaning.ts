import stringify from 'safe-stable-stringify';
import type { Json } from '#text/diff.ts';
import { isRecord, type PolicyStatement } from './policy-document.ts';

/** Whether two statements mean the same, whatever their spelling and their Sid. */
export const isSameStatement = (one: PolicyStatement, other: PolicyStatement): boolean =>
  keyOf(one) === keyOf(other);

/** The statements that do not mean the same as one of the others. */
export const without = (
  list: readonly PolicyStatement[],
  other: readonly PolicyStatement[],
): readonly PolicyStatement[] => {
  const keys = new Set(other.map(keyOf));
  return list.filter((one) => !keys.has(keyOf(one)));
};

/** Sorts statements by what they mean. */
export const byKey = (one: PolicyStatement, other: PolicyStatement): number =>
  keyOf(one) < keyOf(other) ? -1 : 1;

/**
 * The meaning of a statement as text. A single value is a list of one, the order of lists does not matter, actions and the keys of
 * conditions are not case-sensitive, an account id stands for the root of the account, and `*` for all principals. Source: IAM user
 * guide, "IAM JSON policy elements reference".
 */
export function keyOf({ Sid: _, ...statement }: PolicyStatement): string {
  const elements = Object.entries(statement).map(([name, value]) => [name, canonical(name, value)]);
  return stringify(Object.fromEntries(elements)) ?? '';
}

function canonical(element: string, value: Json): Json {
  switch (element) {
    case 'Action':
    case 'NotAction':
      return setOf(value, (text) => text.toLowerCase());
    case 'Resource':
    case 'NotResource':
      return setOf(value);
    case 'Principal':
    case 'NotPrincipal':
      return principalOf(value);
    case 'Condition':
      return conditionOf(value);
    default:
      return value;
  }
}

/** The principals of a statement by type, as sorted sets. */
export function principalOf(value: Json): Readonly<Record<string, readonly string[]>> {
  if (!isRecord(value)) return { AWS: setOf(value) };
  return Object.fromEntries(
    Object.entries(value).map(([type, names]) => [type, setOf(names, withoutRoot)]),
  );
}

/** The account id for the ARN of its root. Source: IAM user guide, "AWS JSON policy elements: Principal", "AWS account principals". */
const withoutRoot = (name: string): string =>
  /^arn:aws[a-z-]*:iam::(\d{12}):root$/.exec(name)?.[1] ?? name;

/** The keys of one operator that differ in case only are kept apart: what they mean together is not documented. */
function conditionOf(value: Json): Json {
  const operators = Object.entries(Object(value) as PolicyStatement).map(([operator, keys]) => [
    operator,
    isRecord(keys) ? keysOf(keys) : keys,
  ]);
  return Object.fromEntries(operators);
}

function keysOf(keys: PolicyStatement): Json {
  const lower = Object.keys(keys).map((key) => key.toLowerCase());
  const isUnique = new Set(lower).size === lower.length;
  return Object.fromEntries(
    Object.entries(keys).map(([key, values]) => [
      isUnique ? key.toLowerCase() : key,
      setOf(values),
    ]),
  );
}

/** One text or several as a sorted set. */
const setOf = (value: Json, spelled = (text: string) => text): readonly string[] => {
  const list = Array.isArray(value) ? value : [value];
  return [...new Set(list.map((one) => spelled(String(one))))].toSorted();
};
