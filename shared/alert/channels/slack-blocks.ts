import type {
  ActionsBlock,
  HeaderBlock,
  RichTextBlock,
  RichTextElement,
  RichTextList,
  RichTextPreformatted,
  RichTextSection,
} from '@slack/types';
import { truncateLines } from '#text/truncate.ts';
import { type Alert, type AlertAction, clip, type Fact, lookOf, type Section } from '../alert.ts';

export type AlertBlock = HeaderBlock | RichTextBlock | ActionsBlock;

/** What Slack shows of an alert. The attachment has a bar in the color of the severity. */
export type SlackContent = {
  readonly blocks: readonly AlertBlock[];
  readonly attachments: readonly {
    readonly color: string;
    readonly blocks: readonly AlertBlock[];
  }[];
};

/**
 * An alert as Slack blocks. They contain no mrkdwn: a rich text element shows its text as it is, so text of an attacker cannot
 * mention, link or format. Slack may hide a long attachment behind "Show more", so what is urgent is above it. A message has at most
 * 50 blocks, a header 150 characters; the text in all is far below the 40,000 characters of a message. Source: Slack, "Reference:
 * blocks", "Reference: Secondary message attachments", "chat.postMessage".
 */
export function contentOf(alert: Alert, hasButtons = false): SlackContent {
  const { title, callToAction, commands, impacts, todo, drift, facts, sections, links, id } = alert;
  const { icon, color } = lookOf(alert);
  return {
    blocks: [
      headingOf(`${icon} ${title}`),
      richText(section(plain(callToAction))),
      ...sectionBlocks([impacts, todo]),
      ...commandBlocks(commands),
      ...sectionBlocks([drift]),
      ...(hasButtons ? buttons(alert.actions) : []),
    ],
    attachments: [
      {
        color,
        blocks: [
          ...factsBlocks(facts),
          ...sectionBlocks(sections),
          richText(
            section(
              ...links.flatMap(({ text, url }): RichTextElement[] => [
                { type: 'link', url, text },
                plain('  ·  '),
              ]),
              { type: 'text', text: `incident ${clip(id, 100)}`, style: { italic: true } },
            ),
          ),
        ],
      },
    ],
  };
}

/** A header, or bold text if it is too long for one: the end of a title says what happened. */
const headingOf = (text: string): HeaderBlock | RichTextBlock =>
  text.length > 150
    ? richText(section(bold(text)))
    : { type: 'header', text: { type: 'plain_text', text, emoji: false } };

/** A thread reply: new status, worst impact, required action, actor. */
export function replyOf(alert: Alert): SlackContent {
  const { title, callToAction, commands, impacts, todo, facts } = alert;
  const { icon, color } = lookOf(alert);
  const blocks = factsBlocks(
    facts.filter(({ label }) => ['Severity', 'Actor', 'Call', 'Requested by'].includes(label)),
  );
  return {
    blocks: [
      richText(section(bold(`${icon} ${title}`), plain(`\n${callToAction}`))),
      ...sectionBlocks(alert.sections.filter(({ heading }) => decisions.has(heading))),
      ...sectionBlocks([{ ...impacts, lines: impacts.lines.slice(0, 1) }, todo]),
      ...commandBlocks(commands),
    ],
    attachments: blocks.length === 0 ? [] : [{ color, blocks }],
  };
}

/** The value of a button has at most 2000 characters. Source: Slack, "Button element". */
const buttons = (actions: readonly AlertAction[]): readonly ActionsBlock[] =>
  actions.length === 0
    ? []
    : [
        {
          type: 'actions',
          elements: actions.map(({ does, label, isPrimary, on }) => ({
            type: 'button',
            action_id: does,
            text: { type: 'plain_text', text: label, emoji: false },
            value: JSON.stringify(on),
            ...(isPrimary && { style: 'primary' }),
          })),
        },
      ];

const commandBlocks = (commands: readonly Fact[]): readonly RichTextBlock[] =>
  sectionBlocks(
    commands.map(({ label, value }) => ({ heading: label, lines: [value], isCode: true })),
  );

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

const sectionBlocks = (sections: readonly Section[]): readonly RichTextBlock[] =>
  sections.filter(({ lines }) => lines.length > 0).map(sectionBlock);

function sectionBlock({ heading, lines, isCode }: Section): RichTextBlock {
  const shown = truncateLines(lines, 2500);
  return isCode
    ? richText(section(bold(heading)), preformatted(shown.join('\n')))
    : richText(section(bold(heading)), ...list(shown));
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

/** Slack refuses an empty text. */
const plain = (text: string): RichTextElement & { type: 'text' } => ({
  type: 'text',
  text: text === '' ? '–' : text,
});

const bold = (text: string): RichTextElement => ({ type: 'text', text, style: { bold: true } });

/** The sections that say who decided what: the reason for many replies. */
const decisions: ReadonlySet<string> = new Set(['Approval', 'What people did']);
