import * as z from 'zod';

/**
 * The supported blocks of a message, with Slack's limits. Other blocks are refused. Source: Slack, "Reference: blocks",
 * "Reference: composition objects", "Rich text block".
 */
const text = (longest: number) => z.string().min(1).max(longest);

const plainText = (longest: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: text(longest),
    emoji: z.boolean().optional(),
  });

const mrkdwn = (longest: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: text(longest),
    verbatim: z.boolean().optional(),
  });

const textObject = (longest: number) => z.union([plainText(longest), mrkdwn(longest)]);

const style = z
  .strictObject({
    bold: z.boolean(),
    italic: z.boolean(),
    strike: z.boolean(),
    code: z.boolean(),
  })
  .partial()
  .optional();

const inline = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), style }),
  z.strictObject({
    type: z.literal('link'),
    url: z.url().max(3000),
    text: z.string().optional(),
    style,
  }),
]);

const section = z.strictObject({
  type: z.literal('rich_text_section'),
  elements: z.array(inline).min(1),
});

const richText = z.strictObject({
  type: z.literal('rich_text'),
  block_id: z.string().max(255).optional(),
  elements: z
    .array(
      z.discriminatedUnion('type', [
        section,
        z.strictObject({
          type: z.literal('rich_text_list'),
          style: z.enum(['bullet', 'ordered']),
          elements: z.array(section).min(1),
          indent: z.int().optional(),
        }),
        z.strictObject({
          type: z.literal('rich_text_preformatted'),
          elements: z.array(inline).min(1),
        }),
      ]),
    )
    .min(1),
});

const option = z.strictObject({ text: plainText(75), value: text(150) });

const button = z.strictObject({
  type: z.literal('button'),
  action_id: text(255),
  text: plainText(75),
  value: text(2000),
  style: z.enum(['primary', 'danger']).optional(),
});

const input = z.strictObject({
  type: z.literal('input'),
  block_id: text(255),
  label: plainText(2000),
  element: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('plain_text_input'),
      action_id: text(255),
      multiline: z.boolean().optional(),
      max_length: z.int().min(1).max(3000).optional(),
    }),
    z.strictObject({
      type: z.enum(['static_select', 'multi_static_select']),
      action_id: text(255),
      options: z.array(option).min(1).max(100),
    }),
  ]),
});

const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('actions'), elements: z.array(button).min(1).max(25) }),
  z.strictObject({ type: z.literal('header'), text: plainText(150) }),
  z.strictObject({ type: z.literal('divider') }),
  z
    .strictObject({
      type: z.literal('section'),
      text: textObject(3000).optional(),
      fields: z.array(textObject(2000)).min(1).max(10).optional(),
    })
    .refine(({ text: one, fields }) => one !== undefined || fields !== undefined),
  z.strictObject({
    type: z.literal('context'),
    elements: z.array(textObject(2000)).min(1).max(10),
  }),
  richText,
]);

const content = z.object({
  blocks: z.array(block).default([]),
  attachments: z
    .array(
      z.strictObject({
        color: z.stringFormat('color', /^#[0-9a-f]{6}$/),
        fallback: z.string().optional(),
        blocks: z.array(block).max(50),
      }),
    )
    .max(100)
    .default([]),
});

/** The error in a message's blocks or attachments, or null. */
export function blocksError(message: object): string | null {
  const result = content.safeParse(message);
  if (!result.success) {
    return result.error.issues
      .map(({ path, message: issue }) => `${issue} [json-pointer:/${path.join('/')}]`)
      .join('; ');
  }
  const { blocks, attachments } = result.data;
  const count = [blocks, ...attachments.map((one) => one.blocks)].flat().length;
  return count > 50 ? `${count} blocks [json-pointer:/blocks]` : null;
}

/** Source: Slack, "Modal views". */
const modal = z.strictObject({
  type: z.literal('modal'),
  callback_id: text(255),
  private_metadata: z.string().max(3000),
  title: plainText(24),
  submit: plainText(24),
  close: plainText(24),
  blocks: z
    .array(z.union([input, block]))
    .min(1)
    .max(100),
});

/** The error in a modal, or null. */
export const modalError = (view: object): string | null =>
  modal.safeParse(view).error?.message ?? null;
