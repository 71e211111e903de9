import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { nameOf } from '#aws/errors.ts';
import { output } from '../stack.ts';
import { counted } from '../terminal.ts';
import { secretsIn } from './channel-secrets.ts';
import { type Check, type Finding, ok, warning, wrong } from './check.ts';

/** Alarms and alerts reach someone. */
export const recipients: Check = {
  name: 'recipients',
  async run({ outputs }) {
    const found = await subscriptions(output(outputs, 'AlarmTopicArn'));
    if (found === null) return [notRead];
    const { confirmed, pending } = found;
    const waiting = `${counted(pending, 'subscription waits', 'subscriptions wait')} for confirmation`;
    if (confirmed === 0) return [none(secretsIn(outputs).length > 0, pending > 0 ? waiting : null)];
    return [
      ok(`${counted(confirmed, 'subscription', 'subscriptions')} of the alarm topic`),
      ...(pending > 0 ? [warning(waiting, confirm)] : []),
    ];
  },
};

const notRead = warning(
  'the subscriptions of the alarm topic were not read: no permission',
  'give yourself sns:ListSubscriptionsByTopic on the alarm topic',
);

/** How many subscriptions of a topic receive messages, and how many are not confirmed; null without the permission to list them. */
async function subscriptions(TopicArn: string) {
  const arns: string[] = [];
  try {
    for await (const page of paginateListSubscriptionsByTopic(
      { client: new SNSClient() },
      { TopicArn },
    )) {
      arns.push(...(page.Subscriptions ?? []).map(({ SubscriptionArn = '' }) => SubscriptionArn));
    }
  } catch (error) {
    if (nameOf(error).startsWith('Authorization')) return null;
    throw error;
  }
  const confirmed = arns.filter((arn) => arn.startsWith('arn:')).length;
  const pending = arns.filter((arn) => arn === 'PendingConfirmation').length;
  return { confirmed, pending };
}

/** No subscription is confirmed; `waiting` says which ones could be. */
function none(hasChannel: boolean, waiting: string | null): Finding {
  const remedy = waiting === null ? subscribe : confirm;
  const why = waiting ?? 'no address is subscribed to the alarm topic';
  return hasChannel
    ? warning(`alarms reach no one: ${why}`, remedy)
    : wrong(`alerts reach no one: ${why}, and no other channel is configured`, remedy);
}

const confirm = 'confirm in the message that AWS sent to each address';
const subscribe = `npx --no -- trailkeeper init --emails ADDRESS, npx --no -- trailkeeper deploy, then ${confirm}`;
