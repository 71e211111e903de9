import { SQSClient } from '@aws-sdk/client-sqs';
import { SecretError, secretOf } from '#aws/secret.ts';
import { messagesIn } from '../dead-letters.ts';
import { type Outputs, output } from '../stack.ts';
import { counted } from '../terminal.ts';
import { productOf, secretsIn } from './channel-secrets.ts';
import { type Check, ok, wrong } from './check.ts';

/** The dead-letter queue of the main stack is empty. */
export const deadLetters: Check = {
  name: 'dead letters',
  async run({ outputs }) {
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
    const count = await messagesIn(sqs, output(outputs, 'DeadLetterQueueUrl'));
    if (count === 0) return [ok('none')];
    const message = counted(count, 'message', 'messages');
    const missing = await missingSecrets(outputs);
    if (missing.length === 0) return [wrong(message, redrive)];
    return [
      wrong(
        `${message}, perhaps alerts that ${missing.join(' and ')} could not get`,
        `first set the secret of ${missing.join(' and ')} (see channels), then ${redrive}`,
      ),
    ];
  },
};

const redrive = 'npx --no -- trailkeeper redrive';

/** The channels whose secret is not set: alerts end in the queue until it is. */
async function missingSecrets(outputs: Outputs): Promise<readonly string[]> {
  const asked = secretsIn(outputs).map(async ({ secret, arn }) => {
    try {
      secret.describe(await secretOf(arn).read());
      return [];
    } catch (error) {
      if (error instanceof SecretError) return [productOf(secret)];
      throw error;
    }
  });
  return (await Promise.all(asked)).flat();
}
