import type { Json } from '#text/diff.ts';

/** A statement of the policy of a bucket, key or topic, as it is written. Statements are compared by what they mean: `isSameStatement`. */
export type PolicyStatement = { readonly [element: string]: Json };

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

/** The version of a policy in which variables, such as `${aws:SourceAccount}`, are replaced by their values. */
export const latestVersion = '2012-10-17';

/**
 * The statements of a policy as a policy of the latest version means them: in older ones, and without a version, a variable is plain
 * text. Source: IAM user guide, "IAM JSON policy elements: Version" and "Variables and tags", `${$}`.
 */
export const meantStatements = (policy: PolicyStatement): readonly PolicyStatement[] =>
  policy.Version === latestVersion ? statementsIn(policy) : statementsIn(policy).map(asPlainText);

export const hasVariables = (one: PolicyStatement): boolean => JSON.stringify(one).includes('${');

const asPlainText = (one: PolicyStatement): PolicyStatement =>
  hasVariables(one) ? JSON.parse(JSON.stringify(one).replaceAll('${', `\${$}{`)) : one;

/** The JSON of a policy. Throws `PolicyError`. */
export function parsedPolicy(policy: string): PolicyStatement {
  const document = jsonIn(policy);
  if (isRecord(document) && statementsIn(document).every(isRecord)) return document;
  throw new PolicyError('UnreadablePolicyError', 'the policy is not a JSON object with statements');
}

function jsonIn(text: string): Json {
  try {
    return JSON.parse(text, asWritten) as Json;
  } catch {
    return null;
  }
}

/** A number that JavaScript would spell otherwise, such as a long one, stays as it is written, as text: a policy may have it as either. */
const asWritten = (_: string, value: unknown, read?: { readonly source?: string }): unknown =>
  typeof value === 'number' && read?.source !== undefined && String(value) !== read.source
    ? read.source
    : value;

export const isRecord = (value: unknown): value is PolicyStatement =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
