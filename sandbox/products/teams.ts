import * as z from 'zod';
import type { Product } from './product.ts';

const message = z.object({
  type: z.literal('message'),
  attachments: z.tuple([
    z.object({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      content: z.looseObject({ type: z.literal('AdaptiveCard'), version: z.string() }),
    }),
  ]),
});

/** The webhook of a Teams workflow: the signature in its URL is the secret. Source: Microsoft, "Microsoft Teams connector". */
export const teams: Product = ({ url = '' }, body, { accepted, teams: cards }) => {
  const isKnown = accepted.some((one) => one.startsWith('https://') && one.endsWith(url));
  if (!isKnown) return { status: 401, body: '{"error":{"code":"DirectApiAuthorizationRequired"}}' };
  if (Buffer.byteLength(body) > 28_000) return { status: 413, body: 'Request Entity too large' };
  const parsed = message.safeParse(JSON.parse(body));
  if (!parsed.success) return { status: 400, body: '{"error":{"code":"BadRequest"}}' };
  cards.push(parsed.data.attachments[0].content);
  return { status: 202, body: '' };
};
