import { SQSClient } from '@aws-sdk/client-sqs';
import { messagesIn } from '../dead-letters.ts';
import { output } from '../stack.ts';
import { counted } from '../terminal.ts';
import { type Check, ok, wrong } from './check.ts';

/** The dead-letter queue of the main stack is empty. */
export const deadLetters: Check = {
  name: 'dead letters',
  async run({ outputs }) {
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
    const count = await messagesIn(sqs, output(outputs, 'DeadLetterQueueUrl'));
    if (count === 0) return [ok('none')];
    const message = counted(count, 'message', 'messages');
    return [wrong(message, 'npx --no -- trailkeeper redrive')];
  },
};
