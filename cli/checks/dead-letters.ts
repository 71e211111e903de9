import { SQSClient } from '@aws-sdk/client-sqs';
import { messagesIn } from '../dead-letters.ts';
import { output } from '../stack.ts';
import { type Check, ok, wrong } from './check.ts';

/** No event and no sweep was given up. */
export const deadLetters: Check = {
  name: 'dead letters',
  async run({ outputs }) {
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
    const count = await messagesIn(sqs, output(outputs, 'DeadLetterQueueUrl'));
    if (count === 0) return [ok('none')];
    return [wrong(`${count} events or sweeps were given up`, 'npx trailkeeper redrive')];
  },
};
