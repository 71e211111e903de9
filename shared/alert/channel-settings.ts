import * as z from 'zod';
import { isRegion } from '#aws/partitions.ts';
import { type Severity, severities } from '#drift/impact.ts';
import { matching, must } from '#text/schema-messages.ts';

/** Alerts of a lower severity are not sent through the channel. */
const minSeverity = z
  .enum(severities as [Severity, ...Severity[]], must(`be one of ${severities.join(', ')}`))
  .default('low');

/** Secrets Manager appends `-` and six characters to the name. A rule has room for the names of all secrets. */
const secretArn = matching(
  'be the ARN of a secret, with a name of at most 128 characters',
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^\s*?]{1,135}$/,
);

/** An existing secret; without it the stack creates one. */
const secret = secretArn.optional();

const sns = z.strictObject({
  minSeverity: z
    .enum([...severities, 'never'], must(`be one of ${severities.join(', ')}, or "never"`))
    .default('low'),
});

export const slackChannelId = matching(
  'be the ID of a channel, for example C0123ABCDEF: it is at the end of the channel details in Slack',
  /^[CG][A-Z0-9]{6,20}$/,
);

const slack = z.strictObject({
  minSeverity,
  secret,
  /** The channel to which a bot posts, and which it reads. Slack reads channels by ID only. */
  channel: slackChannelId.optional(),
  /** Who may decide in Slack: the user or role of `approvers` that each Slack user is, by the ID of the Slack user. */
  approvers: z
    .record(
      z
        .string()
        .regex(/^[UW][A-Z0-9]{2,20}$/, must('be IDs of Slack users, for example U0123ABCDEF')),
      z.string(must('be an ARN of approvers')),
      must('be the ID of a Slack user, for example U0123ABCDEF'),
    )
    .refine((users) => Object.keys(users).length > 0, must('name a Slack user'))
    .refine((users) => Object.keys(users).length <= 50, must('have at most 50 Slack users'))
    .optional(),
  /** The ARN of an existing secret with Slack's signing secret; without it the stack creates one, if there are approvers. */
  signingSecret: secretArn.optional(),
  /** Where Slack sends what people decide: to the URL of the function, unless it is `own`, an API of yours that invokes it. */
  endpoint: z.enum(['function-url', 'own'], must('be "function-url" or "own"')).optional(),
});

const pagerduty = z.strictObject({
  minSeverity,
  secret,
  /** The service region of the PagerDuty account. */
  region: z.enum(['us', 'eu'], must('be "us" or "eu"')).default('us'),
});

const jsm = z.strictObject({
  minSeverity,
  secret,
  product: z
    .enum(['jsm', 'opsgenie', 'opsgenie-eu'], must('be "jsm", "opsgenie" or "opsgenie-eu"'))
    .default('jsm'),
});

const teams = z.strictObject({ minSeverity, secret });

const webhook = z.strictObject({
  minSeverity,
  secret,
  url: matching(
    'be an https URL without a password, of at most 160 characters',
    /^https:\/\/(?=.{1,152}$)[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(\/[^\s"<>\\]*)?$/,
  ),
});

const address = z.email('must be an email address');

const email = z.strictObject({
  minSeverity,
  /** An address that is verified in Amazon SES, or whose domain is. */
  from: address,
  to: z
    .array(address, must('be a list of email addresses'))
    .min(1, must('name an address'))
    .max(4, must('have at most 4 addresses: use a mailing list')),
  /** The Region of Amazon SES; without it that of trailkeeper. */
  region: z
    .string(must('be a Region'))
    .refine(isRegion, { error: 'must be a Region, for example us-east-1' })
    .optional(),
});

const securityhub = z.strictObject({ minSeverity });

const eventbridge = z.strictObject({
  minSeverity,
  bus: matching(
    'be the ARN of an event bus other than that of trailkeeper, with a name of at most 128 characters',
    /^arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/(?!trailkeeper$)[A-Za-z0-9/._-]{1,128}$/,
  ),
});

/** The notification channels and their settings: `channels` in cdk.json. A channel that is not named is not used, except the topic. */
export const channelSettings = z.strictObject({
  sns: sns.prefault({}),
  slack: slack.optional(),
  pagerduty: pagerduty.optional(),
  jsm: jsm.optional(),
  teams: teams.optional(),
  webhook: webhook.optional(),
  email: email.optional(),
  securityhub: securityhub.optional(),
  eventbridge: eventbridge.optional(),
});

export type ChannelSettings = z.infer<typeof channelSettings>;

export type ChannelName = keyof ChannelSettings;

/** The ARNs of existing secrets, by the path of their key. */
export const givenSecrets = (
  channels: ChannelSettings,
): readonly (readonly [path: readonly string[], arn: string])[] =>
  Object.entries(channels).flatMap(([channel, settings]) =>
    Object.entries(settings ?? {}).flatMap(([key, value]) =>
      ['secret', 'signingSecret'].includes(key) && typeof value === 'string'
        ? [[[channel, key], value] as const]
        : [],
    ),
  );

/** The settings of one channel. */
export type SettingsOf<Name extends ChannelName> = NonNullable<ChannelSettings[Name]>;
