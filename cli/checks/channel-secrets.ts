import { type ChannelSecret, secretOutput } from '#alert/channel.ts';
import { channels } from '#alert/channels/index.ts';
import { SecretError, secretOf } from '#aws/secret.ts';
import { signingSecret } from '#decisions/signing-secret.ts';
import { type Check, type Finding, ok, warning, wrong } from './check.ts';

/** The secret of each configured channel, and that of requests from Slack, is readable and well formed. Its value is never printed. */
export const channelSecrets: Check = {
  name: 'channels',
  async run({ outputs }) {
    const configured = secretsIn(outputs);
    if (configured.length === 0) {
      return [warning('no channel with a secret is configured: alerts go only to the topic')];
    }
    const arn = outputs[secretOutput(signingSecret)];
    return Promise.all([
      ...configured.map((stored) =>
        check(stored, `alerts cannot be sent to ${productOf(stored.secret)}`),
      ),
      ...(arn === undefined
        ? []
        : [check({ secret: signingSecret, arn }, 'no one can decide in Slack')]),
    ]);
  },
};

type StoredSecret = { readonly secret: ChannelSecret; readonly arn: string };

/** The secrets of the channels that are deployed. */
export const secretsIn = (
  outputs: Readonly<Record<string, string | undefined>>,
): readonly StoredSecret[] =>
  Object.values(channels).flatMap(({ secret }) => {
    const arn = secret && outputs[secretOutput(secret)];
    return secret === undefined || arn === undefined ? [] : [{ secret, arn }];
  });

async function check({ secret, arn }: StoredSecret, effect: string): Promise<Finding> {
  try {
    return ok(secret.describe(await secretOf(arn).read()));
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    return wrong(effect, error.message);
  }
}

/** `Slack`. */
export const productOf = ({ name }: ChannelSecret): string => name.replace(/^Trailkeeper-/, '');
