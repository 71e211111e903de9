import { SQSClient } from '@aws-sdk/client-sqs';
import { signingSecret } from '#decisions/signing-secret.ts';
import { messagesIn } from '../dead-letters.ts';
import { type Outputs, output } from '../stack.ts';
import { counted } from '../terminal.ts';
import { productOf, readSecrets } from './channel-secrets.ts';
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
const missingSecrets = async (outputs: Outputs): Promise<readonly string[]> =>
  (await readSecrets(outputs)).flatMap((one) =>
    'is' in one || one.secret === signingSecret ? [] : [productOf(one.secret)],
  );
