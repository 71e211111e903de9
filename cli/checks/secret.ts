import { parseSlackSecret } from '#alert/channels/slack-secret.ts';
import { SecretError, secretOf } from '#aws/secret.ts';
import { type Check, type Finding, noteworthy, ok, wrong } from './check.ts';

/** Slack's secret can be read, and is of the form of Slack's. What it is, is never said. */
export const secret: Check = {
  name: 'secret',
  async run({ outputs }) {
    const { SlackSecretArn } = outputs;
    if (SlackSecretArn === undefined) {
      return [noteworthy('Slack is not configured: only the topic of the alarms tells people')];
    }
    return read(SlackSecretArn).catch((error: unknown) => {
      if (!(error instanceof SecretError)) throw error;
      return [wrong('Slack can not be told', error.message)];
    });
  },
};

async function read(arn: string): Promise<readonly Finding[]> {
  const { type } = parseSlackSecret(await secretOf(arn).read());
  return [ok(type === 'bot' ? 'the token of a Slack bot' : 'the URL of a Slack webhook')];
}
