import * as z from 'zod';
import type { AlertConfig } from '#alert/channel.ts';
import { partitionIn, partitionOf } from '#aws/partitions.ts';
import { names } from '#aws/resource-names.ts';
import {
  InvalidKeyError,
  parsePublicKey,
  publicKeyFrom,
  type Trust,
} from '#baseline/signing/signature.ts';
import { severities } from '#drift/impact.ts';
import type { ControllerRules } from '#incident/controller-deps.ts';
import type { Mode } from '#reconcile/outcome.ts';
import { describeIssues, must } from '#text/schema-messages.ts';
import { parseTrailArn, type TrailArn, trailArn } from '#trail/trail-arn.ts';
import { roleArn } from '#trail/value-schemas.ts';
import type { DeployedSettings } from './deployed-resources.ts';
import { arnsOf, type Topology } from './topology.ts';

/** Thrown for a configuration that can not be used; the message names each key and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError' as const;
}

const mode = z.enum(['observe', 'enforce'], {
  error: 'must be "observe" (tell only) or "enforce" (tell and restore)',
});

const region = z
  .string(must('be a Region, as us-east-1'))
  .refine((name) => partitionIn(name) !== undefined, {
    error: ({ input }) =>
      `must be a Region, as us-east-1: ${JSON.stringify(input)} is none that this version knows. If it is new, update trailkeeper`,
  });

/** JSON knows an id as a number, too, unless it begins with 0. */
const accountId = z.preprocess(
  (value) => (typeof value === 'number' ? String(value) : value),
  z
    .string(must('be the 12 digits of an account'))
    .regex(/^\d{12}$/, 'must be the 12 digits of an account'),
);

const sinkArn = z
  .string(must('be the ARN of a bucket, a KMS key or a topic'))
  .regex(
    /^arn:aws[a-z-]*:(s3:::|kms:[a-z0-9-]+:\d{12}:key\/|sns:[a-z0-9-]+:\d{12}:)[^\s*?/:]+$/,
    'must be the ARN of a bucket, a KMS key or a topic',
  );

const organization = z
  .strictObject(
    {
      id: z
        .string(must('be the id of an organization, as o-a1b2c3d4e5'))
        .regex(/^o-[a-z0-9]{10,32}$/, 'must be the id of an organization, as o-a1b2c3d4e5'),
      /** The account that trailkeeper is deployed to. */
      managementAccount: accountId,
      /** CloudTrail's delegated administrators: what they do to a trail is recorded in their own accounts. */
      delegatedAdministrators: z
        .array(accountId)
        .max(3, must('be 3 accounts at most: CloudTrail lets an organization have no more'))
        .default([]),
    },
    must('be an object: trailkeeper guards the trails of an organization'),
  )
  .refine(
    ({ managementAccount, delegatedAdministrators }) =>
      !delegatedAdministrators.includes(managementAccount),
    { path: ['delegatedAdministrators'], error: 'must not name the management account' },
  );

const publicKey = z.string(must('be a public key in PEM')).transform((pem, context) => {
  try {
    return parsePublicKey(pem);
  } catch (error) {
    if (!(error instanceof InvalidKeyError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});

/** The approvers of baselines. */
const signing = z
  .strictObject({
    /** The public keys of the approvers, in PEM. A version is in force if one of them signed it. */
    keys: z.array(publicKey).max(5, must('be 5 keys at most')).default([]),
    /** Who may sign with a key that is made in the stack, as ARNs of users and roles; none is made where it is left out. */
    approvers: z
      .array(
        z
          .string()
          .regex(
            /^arn:aws[a-z-]*:iam::\d{12}:((user|role)\/[A-Za-z0-9_+=,.@/-]+|role\/aws-reserved\/sso\.amazonaws\.com\/([a-z0-9-]+\/)?AWSReservedSSO_[A-Za-z0-9_+=,.@-]+_\*)$/,
            'must be the ARN of a user or a role; in the name of a role of IAM Identity Center the last 16 characters may be *, as they change when the role is created again',
          ),
      )
      .min(1, 'must name somebody, or be left out')
      .max(10, must('be 10 at most: name a role that several people take'))
      .optional(),
  })
  .refine(({ keys }) => new Set(keys.map(({ id }) => id)).size === keys.length, {
    path: ['keys'],
    error: 'must name each key once',
  });

/** What is deployed: the context `trailkeeper` of `cdk.json`. */
const deployment = z
  .strictObject({
    mode,
    /** The main Region: that of the functions, the table and the bus. */
    region,
    organization,
    /** Home Regions of the guarded trails; the main Region where it is left out. */
    homeRegions: z
      .array(region)
      .min(1, 'must name a Region')
      .max(8, must('be 8 Regions at most: have one multi-Region trail in place of many'))
      .optional(),
    /**
     * The trails that must be guarded, and the only ones that the functions may reach; every trail of the account in its home Regions
     * may be where it is left out.
     */
    trails: z
      .array(trailArn)
      .min(1, 'must name a trail, or be left out')
      .max(12, must('be 12 trails at most: leave it out to guard every trail of homeRegions'))
      .optional(),
    /** The roles that may be handed to CloudTrail, as the guarded trails name them; every role where it is left out. */
    cloudWatchLogsRoles: z
      .array(roleArn)
      .max(4, must('be 4 roles at most: leave it out for every role'))
      .optional(),
    /** What the functions may look at of what the trails deliver to, as ARNs; every bucket, key and topic where it is left out. */
    sinks: z
      .array(sinkArn)
      .max(20, must('be 20 ARNs at most: leave it out for every bucket, key and topic'))
      .optional(),
    sweepEvery: z
      .string()
      .regex(
        /^(1 minute|([2-9]|[1-5]\d|60) minutes|1 hour)$/,
        'must be a rate, from "1 minute" over "5 minutes" to "1 hour"',
      )
      .default('1 minute'),
    /**
     * What each function may always use of the account's concurrency, and at most. A small account can not spare it: 100 must stay
     * unreserved. Source: Lambda developer guide, "Configuring reserved concurrency".
     */
    reservedConcurrency: z
      .int(must('be a whole number'))
      .min(2, must('be 2 or more: one invocation must not wait for another'))
      .optional(),
    /** How often a backfill looks into event history. The quota of 2 is shared with whoever looks into an incident. */
    lookupsPerSecond: z
      .number(must('be a number'))
      .gt(0, must('be more than 0'))
      .max(2, must('be at most 2: AWS allows no more'))
      .default(1),
    /** For how many days past events can be replayed. */
    archiveDays: z.int(must('be a whole number')).min(1, must('be 1 or more')).default(90),
    /** Who is told by e-mail what the alarms and the rules that watch trailkeeper say. */
    emails: z
      .array(z.email('must be an e-mail address'))
      .max(50, must('be 50 addresses at most: name a mailing list'))
      .default([]),
    /** How people are told of what happens to the trails. */
    alerts: z
      .strictObject({
        /** The least severity that is told on the topic; Slack, where it is configured, is told all. */
        sns: z
          .enum([...severities, 'never'], must(`be one of ${severities.join(', ')}, or "never"`))
          .default('low'),
        /** Whether names, ARNs, sessions and addresses of principals, which are personal data, are told as pseudonyms. */
        redactPrincipals: z.boolean('must be true or false').default(false),
        /** In hours: what stays broken is told again. */
        remindEvery: z
          .int(must('be a whole number of hours'))
          .min(1, must('be 1 or more'))
          .max(168, must('be 168 or less: a week'))
          .default(6),
        /** How many incidents of one trail in ten minutes are told one by one; what is more is one digest. */
        digestAfter: z.int(must('be a whole number')).min(1, must('be 1 or more')).default(5),
      })
      .prefault({}),
    /** In hours: for how long a Hold counts at most, whatever it says. */
    maxHold: z
      .int(must('be a whole number of hours'))
      .min(1, must('be 1 or more'))
      .max(24, must('be 24 or less: a truce is no way to live'))
      .default(4),
    /** How often a field whose drift costs no record is restored in ten minutes before it waits for the sweep. */
    restoresAtOnce: z.int(must('be a whole number')).min(1, must('be 1 or more')).default(3),
    signing: signing.prefault({}),
    /** Where Slack's secret is: the ARN of one that there is, or an empty one is made. And where a bot posts. */
    slack: z
      .strictObject({
        secret: z
          .string()
          .regex(
            /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^\s*?]{1,519}$/,
            'must be the ARN of a secret',
          )
          .optional(),
        channel: z
          .string()
          .regex(
            /^([CG][A-Z0-9]{6,20}|#[^\s#@<>]{1,80})$/,
            'must be the id of a channel, as C0123ABCDEF, or its name, as #security-alerts',
          )
          .optional(),
      })
      .optional(),
    /** A second trail, of this account alone, that keeps events coming while the first is stopped. It costs a copy of them. */
    sentinel: z.boolean('must be true or false').default(false),
  })
  .transform(({ homeRegions, ...given }) => ({
    ...given,
    homeRegions: [...new Set(homeRegions ?? [given.region])],
  }))
  .refine(({ mode, signing: { keys } }) => mode === 'observe' || keys.length > 0, {
    path: ['signing', 'keys'],
    error:
      'must name a key before trailkeeper enforces: whoever writes to the state table would else say what the trails become. Deploy with mode "observe" and signing.approvers; `npx trailkeeper keys` then prints the public key',
  })
  .superRefine(
    (
      { region: main, trails = [], homeRegions, organization: { managementAccount }, ...given },
      context,
    ) => {
      const partition = partitionOf(main);
      if (homeRegions.some((home) => partitionOf(home) !== partition)) {
        const message = 'must be Regions of one partition';
        context.addIssue({ code: 'custom', path: ['homeRegions'], message });
      }
      const { cloudWatchLogsRoles = [], sinks = [], signing, slack } = given;
      for (const [path, arns] of [
        [['trails'], trails],
        [['cloudWatchLogsRoles'], cloudWatchLogsRoles],
        [['sinks'], sinks],
        [['signing', 'approvers'], signing.approvers ?? []],
        [['slack', 'secret'], slack?.secret === undefined ? [] : [slack.secret]],
      ] as const) {
        const foreign = arns.find((arn) => arn.split(':')[1] !== partition);
        if (foreign === undefined) continue;
        const message = `must be of the partition of ${main}, arn:${partition}: ${foreign} is not`;
        context.addIssue({ code: 'custom', path: [...path], message });
      }
      trails.forEach((arn, i) => {
        const trail = parseTrailArn(arn);
        const problem = !homeRegions.includes(trail.region)
          ? `has its home in ${trail.region}, which homeRegions does not name`
          : trail.accountId !== managementAccount &&
            `is a trail of ${trail.accountId}: only those of the management account can be guarded`;
        if (problem) context.addIssue({ code: 'custom', path: ['trails', i], message: problem });
      });
    },
  );

export type Deployment = z.infer<typeof deployment>;

export const parseDeployment = (context: unknown): Deployment =>
  parse(deployment, context, ['trailkeeper']);

export const layoutOf = ({ region, homeRegions, organization, slack }: Deployment): Topology => ({
  account: organization.managementAccount,
  region,
  homeRegions,
  delegatedAdministrators: organization.delegatedAdministrators,
  ...(slack?.secret && { secret: secretName(slack.secret) }),
});

/** Without the six characters that Secrets Manager puts behind a name. */
const secretName = (arn: string): string =>
  arn
    .split(':')
    .at(-1)
    ?.replace(/-\w{6}$/, '') ?? arn;
/** What a deployed function is told: by its environment, whose names `infra/` writes and `functions/` read, and by its code. */
export type FunctionConfig = {
  readonly mode: Mode;
  readonly table: string;
  /** The ARN of the functions' own role. */
  readonly role: string;
  readonly rules: ControllerRules;
  readonly signing: SigningConfig;
};

/** The approver keys, as DER in base64, and the trails that must have a baseline. */
export type SigningConfig = {
  readonly keys: readonly string[];
  readonly trails: readonly TrailArn[];
};

export const signingConfig = ({ signing, trails = [] }: Deployment): SigningConfig => ({
  keys: signing.keys.map(({ der }) => der),
  trails,
});

/** Reads it from the output of the stack. The text is ours, written at deployment. */
export const parseSigning = (text: string): SigningConfig => JSON.parse(text) as SigningConfig;

/** Without keys every baseline is trusted, which mode enforce refuses. */
export const trustOf = ({ keys }: SigningConfig): Trust => ({ keys: keys.map(publicKeyFrom) });

export const guardRules = ({ alerts, maxHold, restoresAtOnce }: Deployment): ControllerRules => {
  const { remindEvery, digestAfter } = alerts;
  return { remindEvery, digestAfter, maxHold, restoresAtOnce };
};

export const functionEnvironment = ({
  mode,
  table,
  role,
  rules,
}: Omit<FunctionConfig, 'signing'>): Record<string, string> => ({
  TRAILKEEPER_MODE: mode,
  TRAILKEEPER_TABLE: table,
  TRAILKEEPER_ROLE: role,
  TRAILKEEPER_RULES: JSON.stringify(rules),
  NODE_OPTIONS: '--enable-source-maps',
});

/** The variables of the function that watches the others: what is known only at deployment, and the hash of its own code. */
export const selfCheckEnvironment = ({
  mapping,
  signingKey = '',
  logGroups,
  code,
}: {
  readonly mapping: string;
  readonly signingKey?: string | undefined;
  readonly logGroups: string;
  readonly code: string;
}): Record<string, string> => ({
  TRAILKEEPER_MAPPING: mapping,
  TRAILKEEPER_SIGNING_KEY: signingKey,
  TRAILKEEPER_LOG_GROUPS: logGroups,
  TRAILKEEPER_CODE: code,
});

/** What the function that reads event history is told beside that. */
export const backfillEnvironment = ({
  lookupsPerSecond,
}: Pick<DeployedSettings, 'lookupsPerSecond'>): Record<string, string> => ({
  TRAILKEEPER_LOOKUPS_PER_SECOND: String(lookupsPerSecond),
});

export const parseBackfillEnvironment = (
  environment: unknown,
): Pick<DeployedSettings, 'lookupsPerSecond'> => ({
  lookupsPerSecond: parse(backfillVariables, environment, []).TRAILKEEPER_LOOKUPS_PER_SECOND,
});

const backfillVariables = z.object({
  TRAILKEEPER_LOOKUPS_PER_SECOND: z.coerce
    .number(must('be how many lookups a second may have'))
    .positive(),
});

/** What the function that tells people is told beside that; the log groups are those that a message links to. */
export const alertEnvironment = (
  config: AlertConfig,
  logGroups: string,
): Record<string, string> => ({
  TRAILKEEPER_ALERTS: JSON.stringify(config),
  TRAILKEEPER_LOG_GROUPS: logGroups,
});

/** How people are told, as it is configured. */
export const alertConfigOf = (
  { alerts, slack }: Pick<Deployment, 'alerts' | 'slack'>,
  layout: Topology,
): AlertConfig => ({
  topic: arnsOf(layout).alarms,
  sns: alerts.sns === 'never' ? null : alerts.sns,
  slack: slack ? { secret: slack.secret ?? names.secret, channel: slack.channel ?? null } : null,
  redactPrincipals: alerts.redactPrincipals,
});

const alertVariables = z.object({
  TRAILKEEPER_ALERTS: z.string(must('be how people are told, as JSON')),
  TRAILKEEPER_LOG_GROUPS: z.string(must('be the log groups, with commas between')),
  TRAILKEEPER_TABLE: z.string(must('be the name of the state table')).min(1),
});

export function parseAlertEnvironment(environment: unknown) {
  const variables = parse(alertVariables, environment, []);
  return {
    // The text is ours, written at deployment.
    config: JSON.parse(variables.TRAILKEEPER_ALERTS) as AlertConfig,
    logGroups: variables.TRAILKEEPER_LOG_GROUPS.split(','),
    table: variables.TRAILKEEPER_TABLE,
  };
}

const functionVariables = z.object({
  TRAILKEEPER_MODE: mode,
  TRAILKEEPER_TABLE: z.string(must('be the name of the state table')).min(1),
  TRAILKEEPER_ROLE: z.string(must("be the ARN of the functions' role")).min(1),
  TRAILKEEPER_RULES: z.string(must('be the rules of the deployment, as JSON')),
});

export function parseFunctionEnvironment(
  environment: unknown,
  signing: SigningConfig,
): FunctionConfig {
  const variables = parse(functionVariables, environment, []);
  if (variables.TRAILKEEPER_MODE === 'enforce' && signing.keys.length === 0) {
    throw new ConfigError('signing.keys: must name a key if TRAILKEEPER_MODE is "enforce"');
  }
  return {
    mode: variables.TRAILKEEPER_MODE,
    table: variables.TRAILKEEPER_TABLE,
    role: variables.TRAILKEEPER_ROLE,
    // The text is ours, written at deployment.
    rules: JSON.parse(variables.TRAILKEEPER_RULES) as ControllerRules,
    signing,
  };
}

function parse<Config>(schema: z.ZodType<Config>, value: unknown, root: string[]): Config {
  const result = schema.safeParse(value);
  if (!result.success) throw new ConfigError(describeIssues(result.error, root));
  return result.data;
}
