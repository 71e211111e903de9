import * as z from 'zod';
import { type Severity, severities } from '#drift/impact.ts';
import { must } from '#text/schema-messages.ts';

const text = (rule: string, pattern: RegExp) => z.string(must(rule)).regex(pattern, must(rule));

/** Alerts of a lower severity are not sent through the channel. */
const minSeverity = z
  .enum(severities as [Severity, ...Severity[]], must(`be one of ${severities.join(', ')}`))
  .default('low');

const sns = z.strictObject({
  minSeverity: z
    .enum([...severities, 'never'], must(`be one of ${severities.join(', ')}, or "never"`))
    .default('low'),
});

const slack = z.strictObject({
  minSeverity,
  /** The ARN of an existing secret; without it the stack creates one. */
  secret: text(
    'be the ARN of a secret',
    /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^\s*?]{1,519}$/,
  ).optional(),
  /** The channel to which a bot posts. */
  channel: text(
    'be a channel ID, for example C0123ABCDEF, or a channel name, for example #security-alerts',
    /^([CG][A-Z0-9]{6,20}|#[^\s#@<>]{1,80})$/,
  ).optional(),
});

/** The notification channels and their settings: `channels` in cdk.json. A channel that is not named is not used, except the topic. */
export const channelSettings = z.strictObject({
  sns: sns.prefault({}),
  slack: slack.optional(),
});

export type ChannelSettings = z.infer<typeof channelSettings>;

export type ChannelName = keyof ChannelSettings;

/** The settings of one channel. */
export type SettingsOf<Name extends ChannelName> = NonNullable<ChannelSettings[Name]>;
