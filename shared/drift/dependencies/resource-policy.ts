import * as z from 'zod';
import type { Json } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import {
  cloudTrail,
  excludesTrail,
  mayDeny,
  type Request,
  readStatement,
} from './statement-evaluation.ts';
import {
  byKey,
  isRecord,
  keyOf,
  type PolicyStatement,
  principalOf,
  without,
} from './statement-meaning.ts';

/** What is protected of a policy, as three lists of statements. Null means not protected. */
export type PolicyParts = {
  /** The statements that allow something to CloudTrail, except those for other trails only. */
  readonly CloudTrailStatements: readonly PolicyStatement[] | null;
  /** The statements that may deny CloudTrail what it needs. */
  readonly Denials: readonly PolicyStatement[] | null;
  readonly OtherStatements: readonly PolicyStatement[] | null;
};

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

/** Statements to add to a policy, and to remove from it. */
export type PolicyEdit = {
  readonly put: readonly PolicyStatement[];
  readonly remove: readonly PolicyStatement[];
};

/** Thrown for a policy that cannot be read or written. */
export class PolicyError extends Error {
  override readonly name: 'UnreadablePolicyError' | 'PolicyTooLargeError' | 'EmptyPolicyError';

  constructor(name: PolicyError['name'], message: string) {
    super(message);
    this.name = name;
  }
}

/** The statements of a policy; empty if it is none. */
export function statementsIn(policy: unknown): readonly PolicyStatement[] {
  if (!isRecord(policy)) return [];
  const { Statement = [] } = policy;
  return (Array.isArray(Statement) ? Statement : [Statement]) as PolicyStatement[];
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
  const live = policy === null ? [] : statementsIn(parsed(policy));
  const found = new Set(live.map(keyOf));
  const named = fields.flatMap((field) => desired[field] ?? []);
  const added = without(live, named).toSorted(byKey);
  const isCaptured = desired.CloudTrailStatements !== undefined;
  const partOf = (one: PolicyStatement) => fieldFor(one, requests, isCaptured);
  return Object.fromEntries(
    fields.map((field) => {
      const wanted = desired[field];
      if (wanted === null) return [field, null];
      const kept = (wanted ?? []).filter((one) => found.has(keyOf(one)));
      return [field, [...kept, ...added.filter((one) => partOf(one) === field)]];
    }),
  ) as PolicyParts;
}

/** The edit that restores what CloudTrail needs. Other statements are left to people. */
export function editFor(desired: PolicyParts, actual: PolicyParts): PolicyEdit {
  const [wanted, denials] = [desired.CloudTrailStatements ?? [], desired.Denials ?? []];
  const found = [...(actual.CloudTrailStatements ?? []), ...(actual.Denials ?? [])];
  return {
    put: without([...wanted, ...denials], found),
    remove: desired.Denials === null ? [] : without(actual.Denials ?? [], denials),
  };
}

/**
 * A policy with statements added and removed, as text; null if that changes nothing. Everything else stays as it is written. The
 * limit is in bytes. Throws `PolicyError`.
 */
export function merge(
  policy: string | null,
  { put, remove }: PolicyEdit,
  limit: number,
): string | null {
  const document = policy === null ? newPolicy : parsed(policy);
  const before = statementsIn(document);
  const kept = without(before, without(remove, put));
  const added = without(put, kept);
  if (added.length === 0 && kept.length === before.length) return null;
  const Statement = [...kept];
  for (const one of added) Statement.push(withFreeSid(one, Statement));
  if (Statement.length === 0) throw empty();
  const merged = JSON.stringify({ ...document, Statement });
  const size = Buffer.byteLength(merged);
  if (size > limit && added.length > 0) throw tooLarge(size, limit);
  return merged;
}

/** A smaller edit for each statement of one that was refused; none if it has only one. */
export function smallerEdits({ put, remove }: PolicyEdit): readonly PolicyEdit[] {
  if (put.length + remove.length < 2) return [];
  return [
    ...(remove.length > 0 ? [{ put: [], remove }] : []),
    ...put.map((one) => ({ put: [one], remove: [] })),
  ];
}

const fields = ['CloudTrailStatements', 'Denials', 'OtherStatements'] as const;

/** What was added to a captured policy for CloudTrail is not what it needs. */
function fieldFor(
  one: PolicyStatement,
  requests: readonly Request[],
  isCaptured: boolean,
): (typeof fields)[number] {
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

/** A statement without its Sid if another one has it: a Sid is unique in its policy. */
function withFreeSid(one: PolicyStatement, others: readonly PolicyStatement[]): PolicyStatement {
  if (!others.some(({ Sid }) => Sid !== undefined && Sid === one.Sid)) return one;
  const { Sid: _, ...rest } = one;
  return rest;
}

const newPolicy = { Version: '2012-10-17' };

function parsed(policy: string): PolicyStatement {
  const document = jsonIn(policy);
  if (isRecord(document) && statementsIn(document).every(isRecord)) return document;
  throw new PolicyError('UnreadablePolicyError', 'the policy is not a JSON object with statements');
}

function jsonIn(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

const tooLarge = (size: number, limit: number): PolicyError =>
  new PolicyError(
    'PolicyTooLargeError',
    `with the statements that CloudTrail needs the policy would have ${size} bytes, and the limit is ${limit}`,
  );

const empty = (): PolicyError =>
  new PolicyError(
    'EmptyPolicyError',
    'without the statements that deny CloudTrail the policy would be empty',
  );
