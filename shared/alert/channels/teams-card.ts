import { truncateLines } from '#text/truncate.ts';
import { type Alert, clip, type Fact, lookOf, type Section } from '../alert.ts';

/** An Adaptive Card, as far as alerts use it. */
export type Card = {
  readonly type: 'AdaptiveCard';
  readonly body: readonly CardElement[];
  readonly actions: readonly object[];
};

export type CardElement =
  | { readonly type: 'Container'; readonly items: readonly RichText[] }
  | RichText;

type RichText = { readonly type: 'RichTextBlock'; readonly inlines: readonly object[] };

/**
 * The message of a workflow's webhook as JSON. It has at most about 28 KB: a long card says how many lines are left out.
 * Source: Microsoft, "Microsoft Teams connector", "Message size limit".
 */
export function teamsMessage(alert: Alert): string {
  for (const size of [2500, 1200, 600, 300, 150]) {
    const message = messageOf(cardOf(alert, size));
    if (Buffer.byteLength(message) <= mostBytes) return message;
  }
  return messageOf(cardOf({ ...alert, sections: [] }, 150));
}

const mostBytes = 27_000;

const messageOf = (content: Card): string =>
  JSON.stringify({
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content },
    ],
  });

/**
 * An alert as an Adaptive Card, with at most so many characters a section. It has text runs only, which show text as it is: text blocks
 * and facts would read Markdown. Sources: Adaptive Cards, "TextRun"; Microsoft, "Format cards in Microsoft Teams".
 */
export function cardOf(alert: Alert, size = 2500): Card & Readonly<Record<string, unknown>> {
  const { title, callToAction, commands, impacts, todo, drift, facts, sections, links, id } = alert;
  const { icon } = lookOf(alert);
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.4',
    fallbackText: clip(`${icon} ${title}`, 300),
    msteams: { width: 'Full' },
    body: [
      {
        type: 'Container',
        ...{ style: styleOf(alert), bleed: true },
        items: [text([run(`${icon} ${title}`, { size: 'Large', weight: 'Bolder' })])],
      },
      text([run(callToAction)]),
      ...[impacts, todo].flatMap((section) => sectionBlocks(section, size)),
      ...commands.flatMap(commandBlocks),
      ...sectionBlocks(drift, size),
      ...facts.map(({ label, value }, i) =>
        text([run(`${label}  `, { weight: 'Bolder' }), run(value)], { separator: i === 0 }),
      ),
      ...sections.flatMap((section) => sectionBlocks(section, size)),
      text([run(`incident ${clip(id, 100)}`, { isSubtle: true, size: 'Small' })]),
    ],
    actions: links.map(({ text: title, url }) => ({ type: 'Action.OpenUrl', title, url })),
  };
}

const commandBlocks = ({ label, value }: Fact): readonly RichText[] => [
  text([run(label, { weight: 'Bolder' })], { spacing: 'Medium' }),
  text([run(value, { fontType: 'Monospace' })], { spacing: 'None' }),
];

function sectionBlocks({ heading, lines, isCode }: Section, size: number): readonly RichText[] {
  if (lines.length === 0) return [];
  return [
    text([run(heading, { weight: 'Bolder' })], { spacing: 'Medium' }),
    ...truncateLines(lines, size).map((line) =>
      isCode
        ? text([run(aligned(line), { fontType: 'Monospace' })], { spacing: 'None' })
        : text([run(`•  ${line}`)], { spacing: 'None' }),
    ),
  ];
}

/** Cards show several spaces as one. */
const aligned = (line: string): string =>
  line.replace(/^ +| {2,}/g, (spaces) => '\u00a0'.repeat(spaces.length));

const text = (inlines: readonly object[], more: object = {}): RichText => ({
  type: 'RichTextBlock',
  inlines,
  ...more,
});

const run = (line: string, more: object = {}): object => ({ type: 'TextRun', text: line, ...more });

function styleOf({ severity, isOver }: Alert): string {
  if (isOver) return 'good';
  return { critical: 'attention', high: 'attention', medium: 'warning', low: 'accent' }[severity];
}
