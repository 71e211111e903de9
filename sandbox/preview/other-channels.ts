import type { Alert } from '#alert/alert.ts';
import { alertEventOf } from '#alert/alert-event.ts';
import { htmlOf } from '#alert/channels/email-html.ts';
import { requestsOf } from '#alert/channels/jsm.ts';
import { eventsOf } from '#alert/channels/pagerduty.ts';
import { findingOf } from '#alert/channels/securityhub.ts';
import { cardOf } from '#alert/channels/teams-card.ts';
import { escapeHtml } from './html.ts';

const target = {
  ...{ key: 'a1b2c3'.repeat(10), id: 'd4e5f6'.repeat(10) },
  ...{ isFirst: true, mayHaveArrived: false, isAcknowledgement: false },
};
const reach = { partition: 'aws', region: 'us-east-1', account: '111122223333' } as const;

/** What the channels other than Slack and the topic show of an alert, or get of it, as HTML. */
export const otherChannels = (alert: Alert): string =>
  [
    `<h4>E-mail</h4><div class="html-mail">${bodyOf(htmlOf(alert))}</div>`,
    `<h4>Microsoft Teams</h4><div class="card">${cardHtml(cardOf(alert) as never)}</div>`,
    sent('PagerDuty', eventsOf(alert, target)),
    sent(
      'Jira Service Management, Opsgenie',
      requestsOf(alert, target).map(({ body }) => body),
    ),
    sent('Security Hub', findingOf(alert, target.key, reach)),
    sent('Webhook, EventBridge', alertEventOf(alert, target)),
  ].join('\n');

/** An e-mail is a whole page: here its body is a part of one. */
const bodyOf = (html: string): string => /<body[^>]*>(.*)<\/body>/s.exec(html)?.[1] ?? '';

const sent = (channel: string, json: unknown): string =>
  `<details><summary>${channel}</summary><pre>${escapeHtml(JSON.stringify(json, null, 2))}</pre></details>`;

type Run = {
  readonly text: string;
  readonly weight?: string;
  readonly size?: string;
  readonly fontType?: string;
  readonly isSubtle?: boolean;
};
type Block =
  | { readonly type: 'Container'; readonly style: string; readonly items: readonly Block[] }
  | {
      readonly type: 'RichTextBlock';
      readonly inlines: readonly Run[];
      readonly spacing?: string;
      readonly separator?: boolean;
    };

type Shown = {
  readonly body: readonly Block[];
  readonly actions: readonly { readonly title: string; readonly url: string }[];
};

/** An Adaptive Card similar to Teams. */
const cardHtml = ({ body, actions }: Shown): string =>
  [
    ...body.map(blockHtml),
    '<p class="actions">',
    ...actions.map(({ title, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(title)}</a>`),
    '</p>',
  ].join('');

function blockHtml(block: Block): string {
  if (block.type === 'Container') {
    return `<div class="container ${block.style}">${block.items.map(blockHtml).join('')}</div>`;
  }
  const margin = block.spacing === 'None' ? '0' : block.spacing === 'Medium' ? '12px' : '6px';
  const line = block.separator ? ';border-top:1px solid var(--line);padding-top:6px' : '';
  return `<p style="margin:${margin} 0 0${line}">${block.inlines.map(runHtml).join('')}</p>`;
}

function runHtml({ text, weight, size, fontType, isSubtle }: Run): string {
  const style = [
    weight === 'Bolder' ? 'font-weight:600' : '',
    size === 'Large' ? 'font-size:18px' : size === 'Small' ? 'font-size:12px' : '',
    fontType === 'Monospace' ? 'font-family:monospace' : '',
    isSubtle ? 'color:var(--muted)' : '',
  ].filter(Boolean);
  return `<span style="${style.join(';')}">${escapeHtml(text)}</span>`;
}
