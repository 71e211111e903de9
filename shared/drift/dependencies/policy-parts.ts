import * as z from 'zod';
import { must } from '#text/schema-messages.ts';
import { accessDenied } from './dependency.ts';
import { meantStatements, type PolicyStatement, parsedPolicy } from './policy-document.ts';
import {
  cloudTrail,
  excludesTrail,
  mayDeny,
  type Request,
  readStatement,
} from './statement-evaluation.ts';
import { byKey, keyOf, principalOf, without } from './statement-meaning.ts';

/** What is protected of a policy, as three lists of statements. Null means not protected. */
export type PolicyParts = {
  /** The statements that allow something to CloudTrail, except those for other trails only. */
  readonly CloudTrailStatements: readonly PolicyStatement[] | null;
  /** The statements that may deny CloudTrail what it needs. */
  readonly Denials: readonly PolicyStatement[] | null;
  readonly OtherStatements: readonly PolicyStatement[] | null;
};

/** The parts of a policy as they are observed: text if they cannot be read, and missing if they are not reported. */
export type SeenParts = { readonly [Part in keyof PolicyParts]: PolicyParts[Part] | string };

/** The names of the parts. */
export const policyParts: readonly (keyof PolicyParts)[] = [
  'CloudTrailStatements',
  'Denials',
  'OtherStatements',
];

/** The fields of a state that has a policy. */
export const policyFields = {
  CloudTrailStatements: statements(),
  Denials: statements(),
  OtherStatements: statements(),
};

function statements() {
  const rule = must('be a list of policy statements, or null');
  return z.array(z.record(z.string(), z.json(), rule), rule).nullable();
}

/**
 * The parts of a policy, null if there is none. `desired` are those of the baseline: what it names is reported as it spells it, and
 * what it does not protect is null. Requests are those that CloudTrail makes; statements that are not understood may deny them.
 */
export function partsOf(
  policy: string | null,
  requests: readonly Request[],
  desired: Partial<PolicyParts> = {},
): PolicyParts {
  const live = policy === null ? [] : meantStatements(parsedPolicy(policy));
  const found = new Set(live.map(keyOf));
  const named = policyParts.flatMap((field) => desired[field] ?? []);
  const added = without(live, named).toSorted(byKey);
  const isCaptured = desired.CloudTrailStatements !== undefined;
  const partOf = (one: PolicyStatement) => fieldFor(one, requests, isCaptured);
  return Object.fromEntries(
    policyParts.map((field) => {
      const wanted = desired[field];
      if (wanted === null) return [field, null];
      const kept = wanted?.filter((one) => found.has(keyOf(one))) ?? [];
      return [field, [...kept, ...added.filter((one) => partOf(one) === field)]];
    }),
  ) as PolicyParts;
}

export const isPart = (field: string): field is keyof PolicyParts =>
  policyParts.some((part) => part === field);

/** The parts that a capture stores: what could not be read is not protected. */
export const capturedParts = (seen: Partial<SeenParts>): PolicyParts =>
  Object.fromEntries(policyParts.map((part) => [part, listIn(seen, part)])) as PolicyParts;

/** Whether a policy was read, as far as it is protected. */
export const isRead = (seen: Partial<SeenParts>): boolean =>
  policyParts.every((part) => seen[part] === null || Array.isArray(seen[part]));

/** Whether any part of a policy is protected, or is to be captured. */
export const isAnyWanted = (wanted: Partial<SeenParts>): boolean =>
  policyParts.some((part) => wanted[part] !== null);

/** The parts that are given, for a comparison; every statement of one that could not be read counts as new. */
export const comparable = (seen: Partial<SeenParts>): Partial<PolicyParts> =>
  Object.fromEntries(
    policyParts
      .filter((part) => seen[part] !== undefined)
      .map((part) => [part, typeof seen[part] === 'string' ? [] : seen[part]]),
  );

/** What is observed of a policy that cannot be read: one part says so, and the others are not reported. */
export function unreadParts(wanted: Partial<SeenParts>): Partial<SeenParts> {
  const isWanted = (part: keyof PolicyParts): boolean => wanted[part] !== null;
  const [said] = policyParts.filter(isWanted);
  const ignored = policyParts.filter((part) => !isWanted(part)).map((part) => [part, null]);
  return { ...Object.fromEntries(ignored), ...(said && { [said]: accessDenied }) };
}

/** The statements of a part; null unless it is protected and was read. */
export const listIn = <Part extends keyof PolicyParts>(
  seen: Partial<SeenParts>,
  part: Part,
): PolicyParts[Part] => {
  const list = seen[part];
  return typeof list === 'string' ? null : ((list ?? null) as PolicyParts[Part]);
};

/** What was added to a captured policy for CloudTrail is not what it needs. */
function fieldFor(
  one: PolicyStatement,
  requests: readonly Request[],
  isCaptured: boolean,
): keyof PolicyParts {
  if (one.Effect !== 'Allow') return isDenial(one, requests) ? 'Denials' : 'OtherStatements';
  const { Service } = principalOf(one.Principal ?? null);
  const isForCloudTrail = (Service?.includes(cloudTrail) ?? false) && !isOfAnother(one, requests);
  return isForCloudTrail && !isCaptured ? 'CloudTrailStatements' : 'OtherStatements';
}

function isDenial(one: PolicyStatement, requests: readonly Request[]): boolean {
  const read = readStatement(one);
  return read === null || requests.some((request) => mayDeny(read, request));
}

/** A bucket or key may have statements for several trails: those of another one are not restored for this one. */
function isOfAnother(one: PolicyStatement, requests: readonly Request[]): boolean {
  const read = readStatement(one);
  return read !== null && requests.some((request) => excludesTrail(read, request));
}
