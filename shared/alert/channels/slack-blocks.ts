import type {
  HeaderBlock,
  RichTextBlock,
  RichTextElement,
  RichTextList,
  RichTextPreformatted,
  RichTextSection,
} from '@slack/types';
import { truncateLines } from '#text/truncate.ts';
import { type Alert, cut, type Fact, type Section } from '../alert.ts';

export type AlertBlock = HeaderBlock | RichTextBlock;

/**
 * An alert as blocks of Slack. There is no mrkdwn in it: a rich text element shows its text as it is, so nothing that an attacker
 * wrote mentions, links or formats. A message takes 50 blocks, and a header 150 characters; of the text in all there is no
 * documented limit, and what is here is far below the 40,000 characters of a message.
 * Source: Slack, "Reference: blocks", "chat.postMessage".
 */
export function blocksOf(alert: Alert): AlertBlock[] {
  const { icon, title, severity, callToAction, impacts, todo, facts, parts, links, id } = alert;
  return [
    {
      type: 'header',
      text: { type: 'plain_text', text: cut(`${icon} ${title}`, 150), emoji: false },
    },
    richText(
      section(bold(severity.toUpperCase()), plain(`  ${callToAction}`)),
      ...list(truncateLines(impacts, 2000)),
    ),
    ...(todo.lines.length === 0 ? [] : [partBlock(todo)]),
    ...factsBlocks(facts),
    ...parts.map(partBlock),
    richText(
      section(
        ...links.flatMap(({ text, url }, i): RichTextElement[] => [
          ...(i === 0 ? [] : [plain('  ·  ')]),
          { type: 'link', url, text },
        ]),
        { type: 'text', text: `  ·  incident ${cut(id, 100)}`, style: { italic: true } },
      ),
    ),
  ];
}

/** A reply in the thread of an alert: what it has come to, the gravest that it costs, what that asks of people, and who did it. */
export function newsBlocksOf({
  icon,
  title,
  callToAction,
  impacts,
  todo,
  facts,
}: Alert): AlertBlock[] {
  return [
    richText(
      section(bold(`${icon} ${title}`), plain(`\n${callToAction}`)),
      ...list(truncateLines(impacts.slice(0, 1), 1000)),
    ),
    ...(todo.lines.length === 0 ? [] : [partBlock(todo)]),
    ...factsBlocks(facts.filter(({ label }) => ['Who', 'Did', 'Asked for by'].includes(label))),
  ];
}

const factsBlocks = (facts: readonly Fact[]): readonly RichTextBlock[] =>
  facts.length === 0
    ? []
    : [
        richText(
          section(
            ...facts.flatMap(({ label, value }, i) => [
              bold(`${i === 0 ? '' : '\n'}${label}  `),
              plain(value),
            ]),
          ),
        ),
      ];

function partBlock({ heading, lines, isCode }: Section): RichTextBlock {
  const some = truncateLines(lines, 2500);
  return isCode
    ? richText(section(bold(heading)), preformatted(some.join('\n')))
    : richText(section(bold(heading)), ...list(some));
}

type Element = RichTextSection | RichTextList | RichTextPreformatted;

const richText = (...elements: Element[]): RichTextBlock => ({ type: 'rich_text', elements });

const section = (...elements: RichTextElement[]): RichTextSection => ({
  type: 'rich_text_section',
  elements,
});

const list = (lines: readonly string[]): readonly RichTextList[] =>
  lines.length === 0
    ? []
    : [
        {
          type: 'rich_text_list',
          style: 'bullet',
          elements: lines.map((line) => section(plain(line))),
        },
      ];

const preformatted = (text: string): RichTextPreformatted => ({
  type: 'rich_text_preformatted',
  elements: [plain(text)],
});

/** Slack takes no empty text. */
const plain = (text: string): RichTextElement & { type: 'text' } => ({
  type: 'text',
  text: text === '' ? '–' : text,
});

const bold = (text: string): RichTextElement => ({ type: 'text', text, style: { bold: true } });
