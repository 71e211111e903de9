import { type Alert, headline } from '../alert.ts';
import { textOf } from '../plain-text.ts';

/**
 * Text as Slack takes it outside of blocks, where it looks for mentions and links in angle brackets, for links without any, and for
 * marks: `mrkdwn: false` keeps it from that only where a message is posted, not where it is changed. A mark that a space follows, and
 * an address that has one in it, act on nothing.
 * Source: Slack, "Formatting message text", "Escaping text", "chat.update".
 */
export const escapeMrkdwn = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('`', "'")
    .replace(/[*~](?=\S)|(?<![\p{L}\p{N}])_(?=\S)/gu, '$& ')
    .replace(/:(?=\/\/)|(?<=mailto):/gi, '$& ');

/** What a notification says, and what is read where Slack does not show blocks. */
export const notificationOf = (alert: Alert): string =>
  escapeMrkdwn(`${alert.icon} ${headline(alert)}`);

/** An alert in text alone. The links, which are ours, are left as they are. */
export const inertTextOf = (alert: Alert): string =>
  [
    escapeMrkdwn(textOf({ ...alert, links: [] }, 3000)),
    ...alert.links.map(({ text, url }) => `${text}: ${url.replaceAll('&', '&amp;')}`),
  ].join('\n');
