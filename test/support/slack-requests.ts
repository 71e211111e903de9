import { createHmac } from 'node:crypto';
import { slackSecrets } from '#sandbox/slack/slack.ts';
import type { Account } from './account.ts';

export type Signed = { readonly secret?: string; readonly ageSeconds?: number };

/** A request as Slack sends it: a form, signed with the secret of the app. */
export function signed(
  form: object,
  { secret = slackSecrets.signing, ageSeconds = 0 }: Signed = {},
) {
  const body = new URLSearchParams(form as Record<string, string>).toString();
  const timestamp = String(Math.floor(Date.now() / 1000) - ageSeconds);
  const hash = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${hash}`,
  };
  return { method: 'POST', body, headers };
}

/** Sends a request to the URL of the function, and waits for what follows. */
export async function sendTo(account: Account, request: RequestInit): Promise<number> {
  const { host } = new URL(account.outputs.SlackRequestUrl ?? '');
  const { status } = await fetch(`${account.endpoint}/lambda-url/${host}/`, request);
  await account.settled();
  return status;
}
