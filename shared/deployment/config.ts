import * as z from 'zod';
import { channelSettings, givenSecrets } from '#alert/channel-settings.ts';
import { partitionIn, partitionOf } from '#aws/partitions.ts';
import { accountOf } from '#aws/resource-names.ts';
import { InvalidKeyError, parsePublicKey } from '#baseline/signing/signature.ts';
import { describeIssues, matching, must } from '#text/schema-messages.ts';
import { parseTrailArn, trailArn } from '#trail/trail-arn.ts';
import { roleArn } from '#trail/value-schemas.ts';
import { accountId, dependencies, dependencyAccounts } from './dependencies.ts';
import { dependencyProblems } from './dependency-problems.ts';
import { recovery } from './recovery-config.ts';
import { emails, watchtower, watchtowerProblems } from './watchtower-config.ts';

/** Thrown for an invalid configuration; the message names each field and says what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError' as const;
}

const wholeNumber = (min: number) =>
  z.int(must('be a whole number')).min(min, must(`be ${min} or more`));
const flag = z.boolean(must('be true or false')).default(false);

export const mode = z.enum(['observe', 'enforce'], {
  error: 'must be "observe" (report only) or "enforce" (report and restore)',
});

const region = z
  .string(must('be a Region, for example us-east-1'))
  .refine((name) => partitionIn(name) !== undefined, {
    error: ({ input }) =>
      `must be a Region, for example us-east-1: ${JSON.stringify(input)} is not known. If it is a new Region, update trailkeeper`,
  });

/** Given only if `account` is the management account of an organization. */
const organization = z.strictObject(
  {
    id: matching('be an organization ID, for example o-a1b2c3d4e5', /^o-[a-z0-9]{10,32}$/),
    delegatedAdministrators: z
      .array(accountId)
      .max(3, must('have at most 3 accounts, the limit of CloudTrail'))
      .default([]),
  },
  must('be an object with id, or be left out in an account that is not the management account'),
);

const printKey = 'print yours with npx --no -- trailkeeper keys';

const publicKey = z
  .string(must(`be a public key in PEM: ${printKey}`))
  .transform((pem, context) => {
    try {
      return parsePublicKey(pem);
    } catch (error) {
      if (!(error instanceof InvalidKeyError)) throw error;
      context.addIssue({ code: 'custom', message: `${error.message}: ${printKey}` });
      return z.NEVER;
    }
  });

/** The name of a role of IAM Identity Center ends in 16 characters that change when the role is created again. */
const approver = matching(
  'be the ARN of a user or a role. Only in AWSReservedSSO_NAME_* may a * replace the end',
  /^arn:aws[a-z-]*:iam::\d{12}:((user|role)\/[A-Za-z0-9_+=,.@/-]+|role\/aws-reserved\/sso\.amazonaws\.com\/([a-z0-9-]+\/)?AWSReservedSSO_[A-Za-z0-9_+=,.@-]+_\*)$/,
);

const signing = z
  .strictObject({
    /** The public keys of the approvers. If there are any, a version is in force only if one of them signed it. */
    keys: z
      .array(publicKey, must(`be a list of public keys: ${printKey}`))
      .max(5, must('have at most 5 keys'))
      .default([]),
    /** The KMS key that the command line signs with, created by `npx --no -- trailkeeper init --new-key kms`. */
    key: matching(
      'be the ARN of a KMS key: create one with npx --no -- trailkeeper init --new-key kms',
      /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]{1,64}$/,
    ).optional(),
  })
  .refine(({ keys }) => new Set(keys.map(({ id }) => id)).size === keys.length, {
    path: ['keys'],
    error: 'must name each key once',
  });

const alerts = z.strictObject({
  redactPrincipals: flag,
  /** Where the organization published docs/runbook.md. */
  runbook: matching(
    'be an https URL of at most 120 characters, without a fragment',
    /^https:\/\/(?=[^#]{1,112}$)[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(\/[^\s"<>\\#]*)?$/,
  ).optional(),
  /** In hours. */
  remindEvery: wholeNumber(1).max(168, must('be 168 or less, which is a week')).default(6),
  /** After this many episodes of drift in one incident the alert says that repairs keep being reverted. */
  flappingAfter: wholeNumber(1).default(5),
});

/** For drift whose policy is `approve`. */
const approval = z.strictObject({
  /** How long it waits for a decision. */
  minutes: wholeNumber(5).max(1440, must('be 1440 or less, which is a day')).default(60),
  /** What happens at the deadline. */
  otherwise: z.enum(['restore', 'alert'], must('be "restore" or "alert"')).default('restore'),
});

/** The configuration: the context `trailkeeper` of `cdk.json`. docs/configuration.md describes each key. */
const deployment = z
  .strictObject({
    mode,
    account: accountId,
    region,
    organization: organization.optional(),
    homeRegions: z
      .array(region)
      .min(1, 'must name a Region')
      .max(8, must('have at most 8 Regions: use one multi-Region trail instead'))
      .optional(),
    trails: z
      .array(trailArn)
      .min(1, 'must name a trail, or be left out')
      .max(11, must('have at most 11 trails: leave it out to protect every trail of homeRegions'))
      .optional(),
    cloudWatchLogsRoles: z
      .array(roleArn)
      .max(4, must('have at most 4 roles: leave it out to allow every role'))
      .optional(),
    dependencies: dependencies.optional(),
    dependencyAccounts,
    sweepEvery: matching(
      'be a rate from "1 minute" to "1 hour", for example "5 minutes", or "10 seconds"',
      /^(10 seconds|1 minute|([2-9]|[1-5]\d|60) minutes|1 hour)$/,
    ).default('1 minute'),
    reservedConcurrency: wholeNumber(2).optional(),
    lookupsPerSecond: z
      .number(must('be a number'))
      .gt(0, must('be more than 0'))
      .max(2, must('be at most 2, the quota of LookupEvents'))
      .default(1),
    archiveDays: wholeNumber(1).default(90),
    emails,
    alerts: alerts.prefault({}),
    /** The users and roles that may write baselines, maintenance windows and retirements. */
    approvers: z
      .array(approver, must('name who may change baselines: run npx --no -- trailkeeper init'))
      .min(1, must('name a user or a role'))
      .max(10, must('have at most 10 ARNs: name a role that several people assume')),
    maxWindowHours: wholeNumber(1).max(24, must('be 24 hours or less')).default(4),
    repairsBeforeBackoff: wholeNumber(1).default(3),
    approval: approval.prefault({}),
    signing: signing.prefault({}),
    channels: channelSettings.prefault({}),
    recovery: recovery.optional(),
    watchtower: watchtower.optional(),
    sentinel: flag,
    dashboard: flag,
  })
  .transform(({ homeRegions, ...given }) => ({
    ...given,
    homeRegions: [...new Set(homeRegions ?? [given.region])],
  }))
  .refine(({ account, organization }) => !organization?.delegatedAdministrators.includes(account), {
    path: ['organization', 'delegatedAdministrators'],
    error: 'must not name the account that trailkeeper is deployed to',
  })
  .superRefine((given, context) => {
    for (const { path, message } of [
      ...foreignArns(given),
      ...foreignApprovers(given),
      ...unknownSlackApprovers(given),
      ...foreignTrails(given),
      ...dependencyProblems(given),
      ...watchtowerProblems(given),
    ]) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

type Problem = { readonly path: readonly (string | number)[]; readonly message: string };

/** A deployment is in one partition. */
function foreignArns({ region, homeRegions, ...given }: Deployment): readonly Problem[] {
  const partition = partitionOf(region);
  const { trails = [], cloudWatchLogsRoles = [], dependencies = [], approvers, channels } = given;
  const { eventbridge } = channels;
  const arns = [
    [['trails'], trails],
    [['cloudWatchLogsRoles'], cloudWatchLogsRoles],
    [['dependencies'], dependencies.map(({ arn }) => arn)],
    [['approvers'], approvers],
    ...givenSecrets(channels).map(([path, arn]) => [['channels', ...path], [arn]] as const),
    [['channels', 'eventbridge', 'bus'], eventbridge === undefined ? [] : [eventbridge.bus]],
  ] as const;
  const isForeign = homeRegions.some((home) => partitionOf(home) !== partition);
  return [
    ...(isForeign ? [{ path: ['homeRegions'], message: 'must be Regions of one partition' }] : []),
    ...arns.flatMap(([path, named]) => {
      const foreign = named.find((arn) => arn.split(':')[1] !== partition);
      const message = `must be in the partition of ${region}, arn:${partition}: ${foreign} is not`;
      return foreign === undefined ? [] : [{ path, message }];
    }),
  ];
}

/** The policy of the table admits no other account. */
const foreignApprovers = ({ approvers, account }: Deployment): readonly Problem[] =>
  approvers.flatMap((arn, i) => {
    const message = `must be a user or role of account ${account}, which has the state table`;
    return accountOf(arn) === account ? [] : [{ path: ['approvers', i], message }];
  });

/** Who decides in Slack is someone who may write baselines. */
const unknownSlackApprovers = ({ approvers, channels }: Deployment): readonly Problem[] =>
  Object.entries(channels.slack?.approvers ?? {})
    .filter(([, arn]) => !approvers.includes(arn))
    .map(([user, arn]) => ({
      path: ['channels', 'slack', 'approvers', user],
      message: `must be one of approvers: ${arn} is not`,
    }));

function foreignTrails(given: Deployment): readonly Problem[] {
  const { trails = [], homeRegions, account } = given;
  return trails.flatMap((arn, i) => {
    const { region, accountId } = parseTrailArn(arn);
    const message = !homeRegions.includes(region)
      ? `is a trail of ${region}: add ${region} to homeRegions`
      : accountId !== account &&
        `is a trail of account ${accountId}: trailkeeper protects only trails of account ${account}, which it is deployed to`;
    return message ? [{ path: ['trails', i], message }] : [];
  });
}

export type Deployment = z.infer<typeof deployment>;

/** The configuration as it is written: keys with a default may be left out. */
export type DeploymentProps = z.input<typeof deployment>;

/** The schema, for tools that generate types from it. */
export const deploymentSchema: z.ZodType = deployment;

/** Throws `ConfigError`. */
export function parseDeployment(context: unknown): Deployment {
  const result = deployment.safeParse(context);
  if (!result.success) throw new ConfigError(describeIssues(result.error, ['trailkeeper']));
  return result.data;
}
