import * as z from 'zod';
import { names } from '#aws/resource-names.ts';
import { asSet, type Json } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import { there } from './dependency.ts';
import { type PolicyStatement, statementsIn } from './policy-document.ts';
import { type PolicyParts, policyFields } from './policy-parts.ts';
import type { Request } from './statement-evaluation.ts';
import { keyOf } from './statement-meaning.ts';

/** No permissions boundary: a value, because its appearance matters. */
export const none = 'none';

const policyArn = z
  .string(must('be the ARN of a managed policy'))
  .regex(/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/\S+$/, must('be the ARN of a managed policy'));

const document = z.record(z.string(), z.json(), must('be a policy document'));

/** The state that a baseline has. Null means not protected: the trail has no role, or it could not be read at the capture. */
export const state = z.strictObject({
  Existence: z.literal(there, must('be there, or null')).nullable(),
  ...policyFields,
  InlinePolicies: z
    .array(
      z.strictObject({ PolicyName: z.string(must('be text')), PolicyDocument: document }),
      must('be a list of policies: an empty one for none, or null'),
    )
    .nullable(),
  AttachedPolicies: z
    .array(policyArn, must('be a list of ARNs: an empty one for none, or null'))
    .nullable(),
  PermissionsBoundary: z
    .union([policyArn, z.literal(none)], must('be the ARN of a policy, "none", or null'))
    .nullable(),
});

export type InlinePolicy = {
  readonly PolicyName: string;
  readonly PolicyDocument: PolicyStatement;
};

/**
 * The role as it is stored or was observed: a field that could not be read says so. The parts of its trust policy have the names that
 * the parts of other policies have.
 */
export type LogRole = {
  readonly [Part in keyof PolicyParts]: PolicyParts[Part] | string;
} & {
  readonly Existence: string | null;
  readonly InlinePolicies: readonly InlinePolicy[] | string | null;
  readonly AttachedPolicies: readonly string[] | string | null;
  readonly PermissionsBoundary: string | null;
};

/** Nothing of a role is protected. */
export const unprotected: LogRole = {
  Existence: null,
  CloudTrailStatements: null,
  Denials: null,
  OtherStatements: null,
  InlinePolicies: null,
  AttachedPolicies: null,
  PermissionsBoundary: null,
};

/** CloudTrail assumes the role. The condition keys that it sends are not documented. */
export const trustRequests: readonly Request[] = [
  { action: 'sts:AssumeRole', resource: 'arn:*:iam::*:role/*', keys: {} },
];

/** The parts of a trust policy; empty ones where they could not be read. */
export const trustOf = ({ CloudTrailStatements, Denials, OtherStatements }: Partial<LogRole>) =>
  ({
    CloudTrailStatements: partOf(CloudTrailStatements),
    Denials: partOf(Denials),
    OtherStatements: partOf(OtherStatements),
  }) as PolicyParts;

const partOf = (part: LogRole['Denials'] | undefined) => (typeof part === 'string' ? [] : part);

/** The items of a list as it was observed; none if it was not read. */
export const listed = <Item>(
  field: readonly Item[] | string | null | undefined,
): readonly Item[] => (Array.isArray(field) ? field : []);

/** The policies as a set, each spelled as in the baseline if it means the same. */
export const inlinePolicies = (
  found: readonly InlinePolicy[],
  desired: readonly InlinePolicy[] = [],
): readonly InlinePolicy[] =>
  asSet(found.map((one) => desired.find((other) => isSamePolicy(one, other)) ?? one));

/** Whether two policies have the same name and meaning. */
const isSamePolicy = (one: InlinePolicy, other: InlinePolicy): boolean =>
  one.PolicyName === other.PolicyName && meaningOf(one) === meaningOf(other);

/** The oldest version is the default. Source: IAM user guide, "IAM JSON policy elements: Version". */
function meaningOf({ PolicyDocument }: InlinePolicy): string {
  const { Version = '2008-10-17' } = PolicyDocument;
  return JSON.stringify([Version, statementsIn(PolicyDocument).map(keyOf).toSorted()]);
}

/** The JSON of a policy that IAM returned or recorded; null if it is none. Source: IAM API reference, GetRolePolicy: it is URL-encoded. */
export function parsedDocument(text: string): PolicyStatement | null {
  try {
    const parsed: unknown = JSON.parse(/^\s*\{/.test(text) ? text : decodeURIComponent(text));
    return document.safeParse(parsed).success ? (parsed as Readonly<Record<string, Json>>) : null;
  } catch {
    return null;
  }
}

/**
 * The permissions boundary under which trailkeeper may restore what a role is allowed (docs/decisions/0026-restore-the-log-role.md): of
 * the account of the role, by the role's ARN.
 */
export function boundaryFor(roleArn: string): string {
  const [, partition, , , account] = roleArn.split(':');
  return `arn:${partition}:iam::${account}:policy/${names.logDelivery}`;
}
