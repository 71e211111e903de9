import * as z from 'zod';
import type { DependencyAccount } from '#aws/assume-role.ts';
import { accountOf, names } from '#aws/resource-names.ts';
import { matching, must } from '#text/schema-messages.ts';

/** What a trail can depend on, by the name of the drift kind that observes it. */
export type DependencyKind = 'bucket' | 'key' | 'topic' | 'log-group' | 'log-role' | 'alarms';

/** JSON and the CDK's `-c` read an account ID as a number unless it begins with 0. */
export const accountId = z.preprocess(
  (value) => (typeof value === 'number' ? String(value) : value),
  matching('be the 12 digits of an account', /^\d{12}$/),
);

const forms: Readonly<Record<DependencyKind, RegExp>> = {
  bucket: /^arn:aws[a-z-]*:s3:::[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/,
  key: /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
  topic: /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$/,
  'log-group': /^arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[A-Za-z0-9_./#-]{1,512}$/,
  'log-role': /^arn:aws[a-z-]*:iam::\d{12}:role\/[A-Za-z0-9_+=,.@/-]+$/,
  alarms: /^arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:[^\p{C}]{1,255}$/u,
};

export const dependencyKinds = Object.keys(forms) as readonly DependencyKind[];

const kindOf = (arn: string): DependencyKind | undefined =>
  dependencyKinds.find((kind) => forms[kind].test(arn));

/** What is wrong with the ARN of a dependency, and what to write instead; null if nothing is. */
function problemOf(arn: string): string | null {
  if (/[*?]/.test(arn)) return 'must not have a wildcard: name each resource in its own entry';
  if (/:kms:.*:alias\//.test(arn)) {
    return `must be the ARN of the key, not of an alias: aws kms describe-key --key-id ${arn} --query KeyMetadata.Arn prints it`;
  }
  const own = { 'log-role': 'a role', alarms: 'an alarm' }[String(kindOf(arn))];
  if (own !== undefined && isOurs(arn)) return `must not be ${own} of trailkeeper itself`;
  if (kindOf(arn) !== undefined) return null;
  return `must ${anArn}`;
}

const isOurs = (arn: string): boolean =>
  arn.split(/[:/]/).at(-1)?.startsWith(`${names.stack}-`) === true;

const anArn = 'be the ARN of a bucket, a KMS key, a topic, a log group, a role or an alarm';

/** CloudFormation ends the ARN of a log group in `:*`, which IAM policies need and this list does not. */
const arn = z
  .string(must(anArn))
  .overwrite((text) => text.replace(/^(arn:[^:]*:logs:.*):\*$/, '$1'))
  .superRefine((text, context) => {
    const message = problemOf(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

const dependency = z
  .strictObject(
    {
      arn,
      /** The account of a bucket, whose ARN has none. */
      account: accountId.optional(),
      /** Whether the role may restore it. */
      restore: z.boolean(must('be true or false')).default(false),
      /** The role that replicates a bucket: restoring the replication passes it to S3. */
      replicationRole: matching(
        'be the ARN of the role that replicates the bucket: aws s3api get-bucket-replication prints it',
        forms['log-role'],
      ).optional(),
    },
    must(
      'be an object, for example { "arn": "arn:aws:s3:::logs", "account": "111122223333", "restore": true }',
    ),
  )
  .refine((given) => given.account === undefined || accountOf(given.arn) === '', {
    path: ['account'],
    error: 'must be left out: the ARN has the account',
  })
  .refine((given) => given.account !== undefined || kindOf(given.arn) !== 'bucket', {
    path: ['account'],
    error: 'is missing: name the account that owns the bucket, because its ARN does not',
  })
  .superRefine((given, context) => {
    const message = roleProblemOf(given);
    if (message !== null) context.addIssue({ code: 'custom', path: ['replicationRole'], message });
  });

type Entry = {
  readonly arn: string;
  readonly account?: string | undefined;
  readonly restore?: boolean;
  readonly replicationRole?: string | undefined;
};

/** What is wrong with a role of this form to replicate a bucket; null if nothing is. */
function roleProblemOf({ arn, account, restore, replicationRole: role }: Entry): string | null {
  if (role === undefined || !forms['log-role'].test(role)) return null;
  if (kindOf(arn) !== 'bucket') return 'must be left out: only a bucket has one';
  if (!restore) return 'needs "restore": true: it is passed only to restore the replication';
  const [, partition, , , owner] = role.split(':');
  const isOfBucket = partition === arn.split(':')[1] && owner === account;
  if (!isOfBucket) return 'must be a role of the account that owns the bucket';
  return isOurs(role) ? 'must not be a role of trailkeeper itself' : null;
}

/** In characters: so much fits into the policy of the role, up to four times for a log group, beside the longest `trails`. */
const room = 390;

/** An alarm is in the policy once. A role of replication has a statement to itself. */
const sizeOf = ({ arn, replicationRole: role }: Entry): number =>
  (kindOf(arn) === 'alarms' ? arn.length / 2 : arn.length) +
  (role === undefined ? 0 : role.length + 60);

/** The resources that the trails depend on. */
export const dependencies = z
  .array(dependency, must('be a list of objects with the key arn'))
  .refine((all) => all.reduce((sum, one) => sum + sizeOf(one), 0) <= room, {
    error: `must have at most ${room} characters in all ARNs together, of which those of alarms count half, and those of replication roles 60 more: name fewer alarms, or leave it out to allow reads of everything`,
  });

/**
 * Another account in which the stack `Trailkeeper-Dependencies` is deployed. Source of the form of an external id: STS API reference,
 * AssumeRole; it allows 1,224 characters, of which the functions' variables have no room for more than 64.
 */
const dependencyAccount = z.strictObject(
  {
    account: accountId,
    externalId: matching(
      'be 2 to 64 letters, digits or characters of _+=,.@:/-: openssl rand -hex 16 prints one',
      /^[A-Za-z0-9_+=,.@:/-]{2,64}$/,
    ),
  },
  must('be an object with account and externalId'),
);

export const dependencyAccounts = z
  .array(dependencyAccount, must('be a list of objects with account and externalId'))
  .max(4, must('have at most 4 accounts'))
  .default([]);

export type Dependency = z.infer<typeof dependency>;

/** Reads the stack's output `DependencyAccounts`, which the deployment writes; none without it. */
export const parseDependencyAccounts = (output = '[]'): readonly DependencyAccount[] =>
  JSON.parse(output) as readonly DependencyAccount[];

export type Given = {
  readonly account: string;
  readonly organization?: { readonly delegatedAdministrators: readonly string[] } | undefined;
  readonly dependencies?: readonly Dependency[] | undefined;
  readonly dependencyAccounts: readonly DependencyAccount[];
};

/** The kind of a dependency that the schema accepted. */
export const dependencyKind = ({ arn }: Pick<Dependency, 'arn'>): DependencyKind =>
  kindOf(arn) ?? 'bucket';

/** The account that owns a dependency. */
export const ownerOf = ({ arn, account = '' }: Pick<Dependency, 'arn' | 'account'>): string =>
  accountOf(arn) || account;

/** The dependencies of these kinds in an account, as ARNs; with `restore` only those that may be restored. */
export const arnsIn = (
  { dependencies = [] }: Pick<Given, 'dependencies'>,
  kind: DependencyKind,
  { account, restore = false }: { readonly account?: string; readonly restore?: boolean } = {},
): readonly string[] =>
  dependencies
    .filter((one) => dependencyKind(one) === kind && (one.restore || !restore))
    .filter((one) => account === undefined || ownerOf(one) === account)
    .map(({ arn }) => arn);

/** The roles in an account that may be passed to S3, to restore the replication of buckets. */
export const replicationRolesIn = (
  { dependencies = [] }: Pick<Given, 'dependencies'>,
  owner: string,
): readonly string[] => [
  ...new Set(
    dependencies
      .filter((one) => ownerOf(one) === owner)
      .flatMap(({ replicationRole = [] }) => replicationRole),
  ),
];
