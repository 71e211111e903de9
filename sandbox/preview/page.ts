import type { RichTextBlock, RichTextElement } from '@slack/types';
import type { AlertBlock } from '#alert/channels/slack-blocks.ts';

/** A message of the page, and what it is a sample of. */
export type Shown = { readonly label: string; readonly blocks: readonly AlertBlock[] };

/** A page that shows messages about as Slack does. It loads nothing. */
export const pageOf = (messages: readonly Shown[]): string =>
  [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>trailkeeper: alerts</title><style>${style}</style></head><body>`,
    ...messages.map(messageOf),
    '</body></html>',
  ].join('\n');

const messageOf = ({ label, blocks }: Shown): string =>
  [
    `<h2>${escaped(label)}</h2><article><div class="avatar">tk</div><div class="body">`,
    '<p class="by"><b>trailkeeper</b> <span>APP</span> 3:12 AM</p>',
    ...blocks.map(blockOf),
    '</div></article>',
  ].join('\n');

function blockOf(block: AlertBlock): string {
  if (block.type === 'header') return `<h1>${escaped(block.text.text)}</h1>`;
  return `<div class="rich">${block.elements.map(elementOf).join('')}</div>`;
}

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
    return `<a href="${escaped(element.url)}">${escaped(element.text ?? element.url)}</a>`;
  }
  if (element.type !== 'text') throw new Error(`${element.type} is not shown in the preview`);
  const { bold, italic } = element.style ?? {};
  const text = escaped(element.text);
  return bold ? `<b>${text}</b>` : italic ? `<i>${text}</i>` : text;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const style = `
  body { margin: 0 auto; padding: 16px; max-width: 760px; background: #fff; color: #1d1c1d;
    font: 15px/1.47 Lato, "Helvetica Neue", Arial, sans-serif; }
  h2 { margin: 28px 0 4px; padding-top: 8px; border-top: 1px solid #ddd; color: #616061;
    font-size: 13px; font-weight: 400; }
  article { display: flex; gap: 8px; }
  .avatar { flex: none; width: 36px; height: 36px; border-radius: 8px; background: #1f6f5c;
    color: #fff; font-weight: 700; text-align: center; line-height: 36px; }
  .body { min-width: 0; flex: 1; }
  .by { margin: 0; } .by span { background: #e8e8e8; font-size: 10px; padding: 1px 3px; }
  h1 { margin: 4px 0 8px; font-size: 18px; line-height: 1.33; overflow-wrap: anywhere; }
  .rich { margin: 0 0 8px; overflow-wrap: anywhere; }
  .rich p { margin: 0; white-space: pre-wrap; }
  ul { margin: 0; padding-left: 26px; }
  pre { margin: 4px 0; padding: 8px; border: 1px solid #ddd; border-radius: 4px; background: #f8f8f8;
    font: 12px/1.5 Monaco, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
  a { color: #1264a3; text-decoration: none; }
`;
