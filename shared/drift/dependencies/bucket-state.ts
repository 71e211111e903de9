import * as z from 'zod';
import { regionPattern } from '#aws/partitions.ts';
import type { Json } from '#text/diff.ts';
import { must } from '#text/schema-messages.ts';
import { type PolicyParts, policyFields } from './policy-parts.ts';

/** The bucket itself; null means not protected. */
export type Identity = { readonly Region: string | null; readonly Owner: string | null };

/** A rule of a configuration of S3, with the members that S3 reports. */
export type Rule = { readonly [member: string]: Json };

/** How the bucket is configured. Null means not protected; what is not configured has the value that it has in effect. */
export type Configurations = {
  readonly PublicAccessBlock: Readonly<Record<(typeof publicAccess)[number], boolean>> | null;
  readonly OwnershipControls: string | null;
  /** The access control list: the canonical ID of the owner, and all grants. */
  readonly Acl: { readonly Owner: string; readonly Grants: readonly Rule[] } | null;
  /** `Off` if it was never enabled. */
  readonly Versioning: string | null;
  readonly MfaDelete: string | null;
  readonly Lifecycle: {
    readonly Rules: readonly Rule[];
    readonly TransitionDefaultMinimumObjectSize: string;
  } | null;
  readonly ObjectLock: { readonly IsEnabled: boolean; readonly Rules: readonly Rule[] } | null;
  readonly Replication: { readonly Role: string | null; readonly Rules: readonly Rule[] } | null;
  readonly Encryption: readonly Rule[] | null;
  readonly RequestPayment: string | null;
  /** Where requests to the bucket are logged to; an empty list for nowhere. */
  readonly Logging: readonly Rule[] | null;
  readonly Notifications:
    | ({ readonly [Name in (typeof notified)[number]]: readonly Rule[] } & {
        readonly EventBridge: boolean;
      })
    | null;
};

/** The log bucket, as far as it is protected; null means not protected. */
export type Bucket = Identity & PolicyParts & Configurations;

export const publicAccess = [
  'BlockPublicAcls',
  'IgnorePublicAcls',
  'BlockPublicPolicy',
  'RestrictPublicBuckets',
] as const;

/** Who can be notified of objects, as S3 names the lists. */
export const notified = [
  'TopicConfigurations',
  'QueueConfigurations',
  'LambdaFunctionConfigurations',
] as const;

export const schema = z.strictObject({
  Region: text(new RegExp(`^${regionPattern}$`), 'be the Region of the bucket, or null'),
  Owner: text(/^\d{12}$/, 'be the id of the account that owns the bucket, or null'),
  ...policyFields,
  PublicAccessBlock: z
    .strictObject(
      Object.fromEntries(publicAccess.map((name) => [name, z.boolean(must('be true or false'))])),
      must(`have ${publicAccess.join(', ')}, or be null`),
    )
    .nullable(),
  OwnershipControls: oneOf('BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'),
  Acl: z
    .strictObject(
      { Owner: z.string(must('be a canonical user ID')), Grants: rules() },
      must('have Owner and Grants, or be null'),
    )
    .nullable(),
  Versioning: oneOf('Enabled', 'Suspended', 'Off'),
  MfaDelete: oneOf('Enabled', 'Disabled'),
  Lifecycle: z
    .strictObject(
      {
        Rules: rules(),
        TransitionDefaultMinimumObjectSize: z.string(must('be the name of a size')),
      },
      must('have Rules and TransitionDefaultMinimumObjectSize, or be null'),
    )
    .nullable(),
  ObjectLock: z
    .strictObject(
      { IsEnabled: z.boolean(must('be true or false')), Rules: rules() },
      must('have IsEnabled and Rules, or be null'),
    )
    .nullable(),
  Replication: z
    .strictObject(
      { Role: z.string(must('be the ARN of a role, or null')).nullable(), Rules: rules() },
      must('have Role and Rules, or be null'),
    )
    // S3 has no other: a repair would never end.
    .refine(
      ({ Role, Rules }) => (Role === null) === (Rules.length === 0),
      must('have a Role if there are Rules, and null as Role if there are none'),
    )
    .nullable(),
  Encryption: rules().nullable(),
  RequestPayment: oneOf('BucketOwner', 'Requester'),
  Logging: rules().nullable(),
  Notifications: z
    .strictObject(
      {
        ...Object.fromEntries(notified.map((name) => [name, rules()])),
        EventBridge: z.boolean(must('be true or false')),
      },
      must(`have ${notified.join(', ')} and EventBridge, or be null`),
    )
    .nullable(),
});

/** What a person may write: the rest is taken from the live bucket. */
export const declared = schema.partial();

function text(pattern: RegExp, rule: string) {
  return z.string(must(rule)).regex(pattern, must(rule)).nullable();
}

function oneOf(...values: readonly [string, ...string[]]) {
  return z.enum(values, must(`be ${values.join(', ')} or null`)).nullable();
}

function rules() {
  const rule = must('be a list of rules as S3 reports them');
  return z.array(z.record(z.string(), z.json(), rule), rule);
}
