import type { Button, InputBlock, ModalView, RichTextBlock, RichTextElement } from '@slack/types';
import type { AlertBlock, SlackContent } from '#alert/channels/slack-blocks.ts';
import { escapeHtml } from './html.ts';
import { modals } from './modals.ts';

/** An alert as each channel shows it, and what it is a sample of. */
export type PreviewedAlert = {
  readonly label: string;
  readonly content: SlackContent;
  /** What is added to its thread in Slack, if it is news. */
  readonly reply: SlackContent;
  readonly subject: string;
  readonly text: string;
  /** As the other channels show it, as HTML. */
  readonly others: string;
};

/** A message that no function sends: of an alarm, or of a rule. */
export type PreviewedMail = { readonly subject: string; readonly text: string };

/** A page that shows alerts similar to Slack and a mail program. It loads nothing. */
export const pageOf = (
  alerts: readonly PreviewedAlert[],
  mails: readonly PreviewedMail[] = [],
): string =>
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>trailkeeper: alerts</title><style>${style}</style></head><body>`,
    '<h1>Alerts of trailkeeper</h1>',
    '<p>Each kind of alert, with made-up data: as Slack shows it, as the e-mail of the topic, and in each other channel.</p>',
    `<ol class="contents">${alerts.map(entryOf).join('')}</ol>`,
    ...alerts.map(alertSection),
    '<h2>Modals</h2>',
    ...modals.map(modalOf),
    ...(mails.length === 0 ? [] : [`<h2>E-mails that no function sends: ${mails.length}</h2>`]),
    ...mails.map(mailOf),
    '</body></html>',
  ].join('\n');

const entryOf = ({ label }: PreviewedAlert, i: number): string =>
  `<li><a href="#alert-${i + 1}">${escapeHtml(label)}</a></li>`;

const alertSection = (alert: PreviewedAlert, i: number): string =>
  [
    `<section id="alert-${i + 1}"><h2>${i + 1}. ${escapeHtml(alert.label)}</h2>`,
    ...slackMessage(alert.content, '3:12 AM'),
    ...slackMessage(alert.reply, '3:12 AM, in the thread'),
    `${mailOf(alert)}<div class="others">${alert.others}</div></section>`,
  ].join('\n');

const slackMessage = ({ blocks, attachments }: SlackContent, when: string): readonly string[] => [
  '<article><div class="avatar">tk</div><div class="body">',
  `<p class="by"><b>trailkeeper</b> <span>APP</span> ${when}</p>`,
  ...blocks.map(blockOf),
  ...attachments.map(
    (one) =>
      `<div class="attachment" style="border-color: ${one.color}">${one.blocks.map(blockOf).join('')}</div>`,
  ),
  '</div></article>',
];

const mailOf = ({ subject, text }: PreviewedMail): string =>
  `<div class="mail"><p><b>${escapeHtml(subject)}</b></p><pre>${escapeHtml(text)}</pre></div>`;

function blockOf(block: AlertBlock): string {
  if (block.type === 'header') return `<h3>${escapeHtml(block.text.text)}</h3>`;
  if (block.type === 'actions') {
    return `<div class="buttons">${block.elements.map((one) => buttonOf(one as Button)).join('')}</div>`;
  }
  return `<div class="rich">${block.elements.map(elementOf).join('')}</div>`;
}

const buttonOf = ({ text, style }: Button): string =>
  `<button class="${style ?? ''}">${escapeHtml(text.text)}</button>`;

function elementOf(element: RichTextBlock['elements'][number]): string {
  const inner = () => element.elements.map((one) => inlineOf(one as RichTextElement)).join('');
  switch (element.type) {
    case 'rich_text_section':
      return `<p>${inner()}</p>`;
    case 'rich_text_preformatted':
      return `<pre>${inner()}</pre>`;
    case 'rich_text_quote':
      return `<blockquote>${inner()}</blockquote>`;
    case 'rich_text_list':
      return `<ul>${element.elements.map((one) => `<li>${elementOf(one)}</li>`).join('')}</ul>`;
  }
}

function inlineOf(element: RichTextElement): string {
  if (element.type === 'link') {
    return `<a href="${escapeHtml(element.url)}">${escapeHtml(element.text ?? element.url)}</a>`;
  }
  if (element.type !== 'text') throw new Error(`${element.type} is not shown in the preview`);
  const { bold, italic } = element.style ?? {};
  const text = escapeHtml(element.text);
  return bold ? `<b>${text}</b>` : italic ? `<i>${text}</i>` : text;
}

/** A modal, similar to Slack's. */
const modalOf = ({ title, submit, blocks }: ModalView): string =>
  [
    `<div class="modal"><h3>${escapeHtml(title.text)}</h3>`,
    ...blocks.map((block) =>
      block.type === 'input'
        ? inputOf(block as InputBlock)
        : `<p>${escapeHtml('text' in block && block.text ? String((block.text as { text: string }).text) : '')}</p>`,
    ),
    `<div class="buttons"><button>Cancel</button><button class="primary">${escapeHtml(submit?.text ?? '')}</button></div></div>`,
  ].join('\n');

function inputOf({ label, element }: InputBlock): string {
  const options = 'options' in element ? (element.options ?? []) : [];
  const shown = options.map(({ text }) => text.text).join(' · ');
  return `<label>${escapeHtml(label.text)}</label><div class="field">${escapeHtml(shown)}</div>`;
}

const style = `
  :root { --text: #1d1c1d; --muted: #616061; --line: #ddd; --code: #f8f8f8; --link: #1264a3; --page: #fff; }
  @media (prefers-color-scheme: dark) { :root { --text: #d1d2d3; --muted: #ababad; --line: #35373b;
    --code: #222529; --link: #1d9bd1; --page: #1a1d21; } }
  body { margin: 0 auto; padding: 16px; max-width: 760px; background: var(--page); color: var(--text);
    font: 15px/1.47 Lato, "Helvetica Neue", Arial, sans-serif; }
  h1 { font-size: 24px; } h2 { margin: 32px 0 12px; padding-top: 12px; border-top: 1px solid var(--line);
    font-size: 16px; }
  .contents { columns: 2; padding-left: 24px; }
  article { display: flex; gap: 8px; }
  .avatar { flex: none; width: 36px; height: 36px; border-radius: 8px; background: #1f6f5c;
    color: #fff; font-weight: 700; text-align: center; line-height: 36px; }
  .body { min-width: 0; flex: 1; }
  .by { margin: 0; } .by span { background: var(--line); font-size: 10px; padding: 1px 3px; }
  h3 { margin: 4px 0 8px; font-size: 18px; line-height: 1.33; overflow-wrap: anywhere; }
  .attachment { padding-left: 12px; border-left: 4px solid; border-radius: 2px; }
  .rich { margin: 0 0 8px; overflow-wrap: anywhere; }
  .rich p { margin: 0; white-space: pre-wrap; }
  ul { margin: 0; padding-left: 26px; }
  .others { margin: 0 0 0 44px; } h4 { margin: 16px 0 4px; font-size: 13px; color: var(--muted); }
  .html-mail { padding: 16px; border: 1px solid var(--line); border-radius: 4px; }
  .card { padding: 0 16px 12px; border: 1px solid var(--line); border-radius: 6px; overflow-wrap: anywhere; overflow: hidden; }
  .container { margin: 0 -16px; padding: 6px 16px 12px; color: #1d1c1d; } .attention { background: #fbe5e7; }
  .warning { background: #fdf3d7; } .accent { background: #e6e7f8; } .good { background: #e2f3e0; }
  .actions a { display: inline-block; margin: 0 8px 0 0; padding: 4px 12px; border: 1px solid var(--line); border-radius: 4px; }
  details { margin: 8px 0 0; font-size: 13px; } .mail { margin: 12px 0 0 44px; } .mail p { margin: 0; }
  pre { margin: 4px 0; padding: 8px; border: 1px solid var(--line); border-radius: 4px; background: var(--code);
    font: 12px/1.5 Monaco, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
  .buttons { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0; }
  button { padding: 4px 12px; border: 1px solid var(--line); border-radius: 4px; background: none; color: inherit;
    font: inherit; font-weight: 700; } button.primary { background: #007a5a; color: #fff; }
  .modal { max-width: 520px; margin: 16px 0; padding: 16px 20px; border: 1px solid var(--line); border-radius: 8px; }
  .modal label { display: block; margin: 12px 0 4px; font-weight: 700; }
  .modal .field { min-height: 20px; padding: 6px 10px; border: 1px solid var(--line); border-radius: 4px; color: var(--muted); }
  a { color: var(--link); text-decoration: none; }
`;
