import * as z from 'zod';
import { channelSettings } from '#alert/channel-settings.ts';
import { must } from '#text/schema-messages.ts';
import { accountId } from './dependencies.ts';

/** The second account that watches trailkeeper from outside: the key `watchtower` of `cdk.json`. */
export const watchtower = z.strictObject(
  {
    account: accountId,
    /** Who gets its messages by e-mail. */
    emails: z
      .array(z.email('must be an email address'))
      .max(50, must('have at most 50 addresses: use a mailing list'))
      .default([]),
    channels: channelSettings.prefault({}),
  },
  must('be an object, for example { "account": "444455556666", "emails": ["duty@example.com"] }'),
);
