import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { messageOf, nameOf } from '#aws/errors.ts';
import { withoutLinks } from '../alert.ts';
import { type Channel, ChannelError } from '../channel.ts';
import { subjectOf, textOf } from '../plain-text.ts';
import { clientSettings } from './client-settings.ts';
import { htmlOf } from './email-html.ts';

/**
 * E-mail by Amazon SES, as HTML and as plain text. The alerts of an incident refer to one message, so mail programs show them as one
 * thread. A message has at most 50 recipients. SES cannot recognize a message that is sent again, and overwrites `Message-ID`: another
 * header has the ID of the notification, by which a mail filter can. Source: Amazon SES API v2 reference, SendEmail; Amazon SES Developer
 * Guide, "Header fields"; Service Authorization Reference, "Amazon Simple Email Service v2".
 */
export const email: Channel<'email'> = {
  name: 'email',

  permissions: ({ from, region: given }, { account, region, partition }) => {
    const identity = (name: string) =>
      `arn:${partition}:ses:${given ?? region}:${account}:identity/${name}`;
    return [
      {
        actions: ['ses:SendEmail'],
        // The address is verified, or its domain.
        resources: [identity(from), identity(from.split('@').at(-1) ?? from)],
        conditions: { StringEquals: { 'ses:FromAddress': from } },
      },
    ];
  },

  async open({ from, to, region }) {
    const client = new SESv2Client({ ...clientSettings, ...(region !== undefined && { region }) });
    return {
      canEdit: false,
      receivesTamperAlerts: true,
      async send(alert, { key, id }) {
        const text = withoutLinks(textOf({ ...alert, links: [] }));
        const links = alert.links.map((link) => `${link.text}: ${link.url}`).join('\n');
        const thread = `<${key}@trailkeeper>`;
        const message = {
          Subject: utf8(subjectOf(alert)),
          Body: { Html: utf8(htmlOf(alert)), Text: utf8(`${text}\n${links}`) },
          Headers: [
            { Name: 'References', Value: thread },
            { Name: 'In-Reply-To', Value: thread },
            { Name: 'Auto-Submitted', Value: 'auto-generated' },
            { Name: 'X-Trailkeeper-Notification', Value: id },
          ],
        };
        const sent = {
          FromEmailAddress: from,
          Destination: { ToAddresses: [...to] },
          Content: { Simple: message },
        };
        await client.send(new SendEmailCommand(sent)).catch((cause) => {
          const reason = `${nameOf(cause)}: ${messageOf(cause)}`;
          throw new ChannelError(`Amazon SES did not accept an e-mail from ${from}: ${reason}`, {
            cause,
          });
        });
        return null;
      },
    };
  },
};

const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
