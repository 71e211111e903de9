import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { Product } from './product.ts';

/** A receiver of signed webhooks, by the reference library. It keeps each ID once. Source: "Standard Webhooks". */
export const webhook: Product = ({ headers }, body, { accepted, webhook: kept }) => {
  const isSigned = accepted.some((key) => key.startsWith('whsec_') && isValid(key, headers, body));
  if (!isSigned) return { status: 401, body: 'invalid signature' };
  const id = String(headers['webhook-id']);
  if (!kept.some((one) => one.id === id)) kept.push({ id, body: JSON.parse(body) });
  return { status: 204, body: '' };
};

function isValid(key: string, headers: object, body: string): boolean {
  try {
    new Webhook(key).verify(body, headers as Record<string, string>);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}
