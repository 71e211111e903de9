import type { ChannelSecret } from '#alert/channel.ts';
import { SecretError } from '#aws/secret.ts';

/** The secret with which Slack signs the requests of the app. */
export const signingSecret: ChannelSecret = {
  name: 'Trailkeeper-SlackSigning',
  holds: 'the signing secret of the Slack app',
  describe(text) {
    parseSigningSecret(text);
    return 'the signing secret of the Slack app';
  },
};

/** Throws `SecretError`, which never contains the value. */
export function parseSigningSecret(text: string): string {
  if (/^[A-Za-z0-9]{16,128}$/.test(text)) return text;
  throw new SecretError(
    'the secret for requests from Slack must be the Signing Secret under Basic Information of the Slack app, and nothing else: store it as plain text',
  );
}
