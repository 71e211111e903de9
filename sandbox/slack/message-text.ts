import type { SlackMessage } from './workspace.ts';

/** A message as lines of text, similar to Slack's rendering. */
export const messageText = ({ blocks, attachments }: SlackMessage): readonly string[] =>
  [...blocks, ...attachments.flatMap((one) => (one as { blocks: readonly unknown[] }).blocks)]
    .map((block) => textOf(block as Node).trim())
    .join('\n\n')
    .split('\n');

type Node = {
  readonly type?: string;
  readonly text?: string | Node;
  readonly elements?: readonly Node[];
};

function textOf({ type = '', text, elements = [] }: Node): string {
  if (typeof text === 'string') return text;
  if (text !== undefined) return textOf(text);
  if (type === 'rich_text_list') return elements.map((item) => `\n  - ${textOf(item)}`).join('');
  const inner = elements.map(textOf).join('');
  return type === 'rich_text_preformatted' ? `\n${inner.replace(/^/gm, '    ')}` : inner;
}
