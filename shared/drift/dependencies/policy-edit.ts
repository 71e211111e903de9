import {
  hasVariables,
  latestVersion,
  PolicyError,
  type PolicyStatement,
  parsedPolicy,
  statementsIn,
} from './policy-document.ts';
import type { PolicyParts } from './policy-parts.ts';
import { without } from './statement-meaning.ts';

/** Statements to add to a policy, and to remove from it. */
export type PolicyEdit = {
  readonly put: readonly PolicyStatement[];
  readonly remove: readonly PolicyStatement[];
};

/** Whether an edit changes nothing. */
export const isEmpty = ({ put, remove }: PolicyEdit): boolean => put.length + remove.length === 0;

/** The edit that restores what CloudTrail needs. Other statements are left to people. */
export function editFor(desired: PolicyParts, actual: PolicyParts): PolicyEdit {
  return {
    put: without(needed(desired), needed(actual)),
    remove: desired.Denials === null ? [] : without(actual.Denials ?? [], desired.Denials),
  };
}

const needed = ({ CloudTrailStatements, Denials }: PolicyParts): readonly PolicyStatement[] =>
  [CloudTrailStatements, Denials].flatMap((part) => part ?? []);

/**
 * A policy with statements added and removed, as text; null if that changes nothing. Everything else stays as it is written, but for
 * the version of a policy to which a statement with variables is added. The limit is in bytes. Throws `PolicyError`.
 */
export function merge(
  policy: string | null,
  { put, remove }: PolicyEdit,
  limit: number,
): string | null {
  const document = policy === null ? newPolicy : parsedPolicy(policy);
  const before = statementsIn(document);
  const kept = without(before, without(remove, put));
  const added: PolicyStatement[] = [];
  for (const one of put) added.push(...without([one], [...kept, ...added]));
  const Version = put.some(hasVariables) ? latestVersion : document.Version;
  const isSame = Version === document.Version && kept.length === before.length;
  if (added.length === 0 && isSame) return null;
  const Statement = [...kept];
  for (const one of added) Statement.push(withFreeSid(one, Statement));
  if (Statement.length === 0) throw empty();
  const merged = JSON.stringify({ ...document, ...(Version && { Version }), Statement });
  const size = Buffer.byteLength(merged);
  if (size > limit && added.length > 0) throw tooLarge(size, limit);
  return merged;
}

/** The parts of an edit that was refused: one that removes statements, and one for each statement to add. None if it is such a part. */
export function smallerEdits({ put, remove }: PolicyEdit): readonly PolicyEdit[] {
  const parts: PolicyEdit[] = put.map((one) => ({ put: [one], remove: [] }));
  if (remove.length > 0) parts.unshift({ put: [], remove });
  return parts.length > 1 ? parts : [];
}

/** A statement without its Sid if another one has it: a Sid is unique in its policy. */
function withFreeSid(one: PolicyStatement, others: readonly PolicyStatement[]): PolicyStatement {
  if (!others.some(({ Sid }) => Sid === one.Sid)) return one;
  const { Sid: _, ...rest } = one;
  return rest;
}

const newPolicy: PolicyStatement = { Version: latestVersion };

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
