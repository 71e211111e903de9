import { parseSlackSecret } from '#alert/channels/slack-secret.ts';
import { SecretError, secretOf } from '#aws/secret.ts';
import { type Check, type Finding, ok, warning, wrong } from './check.ts';

/** The Slack secret is readable and has the form of a token or webhook URL. Its value is never printed. */
export const secret: Check = {
  name: 'secret',
  async run({ outputs }) {
    const { SlackSecretArn } = outputs;
    if (SlackSecretArn === undefined) {
      return [warning('Slack is not configured: alerts go only to the topic')];
    }
    return read(SlackSecretArn).catch((error: unknown) => {
      if (!(error instanceof SecretError)) throw error;
      return [wrong('alerts cannot be sent to Slack', error.message)];
    });
  },
};

async function read(arn: string): Promise<readonly Finding[]> {
  const { type } = parseSlackSecret(await secretOf(arn).read());
  return [ok(type === 'bot' ? 'the token of a Slack bot' : 'the URL of a Slack webhook')];
}
