import { type Alert, headline, lookOf, withoutLinks } from '../alert.ts';
import { textOf } from '../plain-text.ts';

/**
 * Escapes text that Slack shows outside of blocks. `mrkdwn: false` prevents formatting when a message is posted, but not when it is
 * edited. A mark that a space follows and an address that contains one have no effect.
 * Source: Slack, "Formatting message text", "Escaping text", "chat.update".
 */
export const escapeMrkdwn = (text: string): string =>
  withoutLinks(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('`', "'")
    .replace(/[*~](?=\S)|(?<![\p{L}\p{N}])_(?=\S)/gu, '$& ');

/** The text of a push notification, and of clients that do not show blocks. */
export const notificationOf = (alert: Alert): string =>
  escapeMrkdwn(`${lookOf(alert).icon} ${headline(alert)}`);

/** An alert without blocks. The links are our own and stay as they are. */
export const textMessageOf = (alert: Alert): string =>
  [
    escapeMrkdwn(textOf({ ...alert, links: [] }, 3000)),
    ...alert.links.map(({ text, url }) => `${text}: ${url.replaceAll('&', '&amp;')}`),
  ].join('\n');
