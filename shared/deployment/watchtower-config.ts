import * as z from 'zod';
import { channelSettings } from '#alert/channel-settings.ts';
import { must } from '#text/schema-messages.ts';
import { accountId } from './dependencies.ts';
import { bucket } from './recovery-config.ts';

export const emails = z
  .array(z.email('must be an email address'), must('be a list of email addresses'))
  .max(50, must('have at most 50 addresses: use a mailing list'))
  .default([]);

/** The second account that watches trailkeeper from outside: the key `watchtower` of `cdk.json`. */
export const watchtower = z.strictObject(
  {
    account: accountId,
    /** Who gets its messages by e-mail. */
    emails,
    channels: channelSettings.prefault({}),
    /** The buckets of the trails, in which it looks for new files. */
    logBuckets: z
      .array(bucket, must('be a list of the buckets that the trails deliver to'))
      .max(12, must('have at most 12 buckets'))
      .default([]),
    /** For how many days evidence is locked; none is copied if it is left out. */
    evidenceDays: z
      .int(must('be a whole number of days'))
      .min(1, must('be 1 or more'))
      .max(3650, must('be 3650 or less, which is ten years'))
      .optional(),
    /** Whether it restores a trail that no sweep restores. */
    restore: z.boolean(must('be true or false')).default(false),
  },
  must('be an object, for example { "account": "444455556666", "emails": ["duty@example.com"] }'),
);

export type Watchtower = z.infer<typeof watchtower>;

type Configured = {
  readonly account: string;
  readonly mode: string;
  readonly trails?: readonly string[] | undefined;
  readonly signing: { readonly keys: readonly unknown[] };
  readonly watchtower?: Watchtower | undefined;
};

/** What contradicts the rest of the configuration. */
export function watchtowerProblems({ watchtower, ...given }: Configured) {
  if (watchtower === undefined) return [];
  const problem = (key: string, message: string) => [
    { path: ['watchtower', ...key.split('.')], message },
  ];
  return [
    ...decisionKeys.flatMap((key) =>
      watchtower.channels.slack?.[key] === undefined
        ? []
        : problem(
            `channels.slack.${key}`,
            'must be left out: the watchtower only sends messages. People decide in the channel of channels.slack',
          ),
    ),
    ...(watchtower.account === given.account
      ? problem('account', 'must be another account than the one that trailkeeper is deployed to')
      : []),
    ...(watchtower.restore && given.mode !== 'enforce'
      ? problem('restore', 'must be false in mode observe, in which nothing is restored')
      : []),
    ...(watchtower.restore && given.trails === undefined
      ? problem('restore', 'may write only to trails that are named: add trails')
      : []),
    ...(watchtower.restore && given.signing.keys.length === 0
      ? problem(
          'restore',
          'restores only signed baselines, because an attacker may write others: add signing.keys',
        )
      : []),
  ];
}

/** The keys of `slack` by which people decide. */
const decisionKeys = ['approvers', 'signingSecret', 'endpoint'] as const;
