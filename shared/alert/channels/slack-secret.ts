import { type Secret, SecretError } from '#aws/secret.ts';
import { SlackError } from './slack-request.ts';

/** The value of Slack's secret: the URL of an incoming webhook, or the token of a bot. */
export type SlackSecret =
  | { readonly type: 'webhook'; readonly url: string }
  | { readonly type: 'bot'; readonly token: string };

/** Throws `SecretError`, which never contains the value. */
export function parseSlackSecret(text: string): SlackSecret {
  if (/^xoxb-[A-Za-z0-9-]+$/.test(text)) return { type: 'bot', token: text };
  if (webhookUrl.test(text)) return { type: 'webhook', url: text };
  throw new SecretError(
    "Slack's secret must be the URL of an incoming webhook, for example https://hooks.slack.com/services/…, or the token of a bot, for example xoxb-…, and nothing else: store it as plain text",
  );
}

/** Source: Slack, "Sending messages using incoming webhooks"; GovSlack has its own domain. */
const webhookUrl = /^https:\/\/hooks\.slack(-gov)?\.com\/services\/[A-Za-z0-9]+(\/[A-Za-z0-9]+)*$/;

/**
 * Uses the secret. If it is malformed, or Slack refuses it, reads the secret again and tries once more:
 * someone may have corrected or rotated it.
 */
export async function withSecret<Done>(
  secret: Secret,
  use: (secret: SlackSecret) => Promise<Done>,
): Promise<Done> {
  const text = await secret.read();
  try {
    return await use(parseSlackSecret(text));
  } catch (error) {
    const isStale =
      error instanceof SecretError || (error instanceof SlackError && isRefused(error));
    if (!isStale) throw error;
    const now = await secret.read({ anew: true });
    if (now === text) throw error;
    return use(parseSlackSecret(now));
  }
}

/**
 * Whether Slack refused the token or the webhook: it is malformed, revoked, expired or gone. Source: Slack, "chat.postMessage",
 * "Errors"; "Sending messages using incoming webhooks", "Handling errors".
 */
const isRefused = ({ code, status }: SlackError): boolean =>
  tokenErrors.has(code) || [401, 403, 404, 410].includes(status);

const tokenErrors: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
]);
