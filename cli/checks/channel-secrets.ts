import { type ChannelSecret, secretOutput } from '#alert/channel.ts';
import { channels } from '#alert/channels/index.ts';
import { SecretError, secretOf } from '#aws/secret.ts';
import { signingSecret } from '#decisions/signing-secret.ts';
import { type Check, ok, warning, wrong } from './check.ts';

/** The secret of each configured channel, and that of requests from Slack, is readable and well formed. Its value is never printed. */
export const channelSecrets: Check = {
  name: 'channels',
  async run({ outputs }) {
    if (secretsIn(outputs).length === 0) {
      return [warning('no channel with a secret is configured: alerts go only to the topic')];
    }
    const stored = await readSecrets(outputs);
    return stored.map((one) =>
      'is' in one ? ok(one.is) : wrong(effectOf(one.secret), one.problem),
    );
  },
};

const effectOf = (secret: ChannelSecret): string =>
  secret === signingSecret
    ? 'no one can decide in Slack'
    : `alerts cannot be sent to ${productOf(secret)}`;

type Outputs = Readonly<Record<string, string | undefined>>;

/** What a secret is, or the problem with it. */
export type ReadSecret = { readonly secret: ChannelSecret } & (
  | { readonly is: string }
  | { readonly problem: string }
);

/** Reads the secrets that are deployed. */
export const readSecrets = (outputs: Outputs): Promise<readonly ReadSecret[]> =>
  Promise.all([...secretsIn(outputs), ...storedIn(outputs, signingSecret)].map(read));

type StoredSecret = { readonly secret: ChannelSecret; readonly arn: string };

/** The secrets of the channels that are deployed. */
export const secretsIn = (outputs: Outputs): readonly StoredSecret[] =>
  Object.values(channels).flatMap(({ secret }) => storedIn(outputs, secret));

function storedIn(outputs: Outputs, secret: ChannelSecret | undefined): readonly StoredSecret[] {
  const arn = secret && outputs[secretOutput(secret)];
  return secret === undefined || arn === undefined ? [] : [{ secret, arn }];
}

async function read({ secret, arn }: StoredSecret): Promise<ReadSecret> {
  try {
    return { secret, is: secret.describe(await secretOf(arn).read()) };
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    return { secret, problem: error.message };
  }
}

/** `Slack`. */
export const productOf = ({ name }: ChannelSecret): string => name.replace(/^Trailkeeper-/, '');
