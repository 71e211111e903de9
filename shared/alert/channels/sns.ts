import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { messageOf, nameOf } from '#aws/errors.ts';
import { type Channel, ChannelError } from '../channel.ts';
import { subjectOf, textOf } from '../plain-text.ts';
import { clientSettings } from './client-settings.ts';

/**
 * The topic that people subscribe to by e-mail or pager, in plain text. It gets changes of trailkeeper itself from EventBridge rules. It
 * is a standard topic, because only those send e-mail, and cannot recognize a message that is published again: programs can, by an
 * attribute. Source: Amazon SNS Developer Guide, "Email notifications", "FIFO topics".
 */
export const sns: Channel<'sns'> = {
  name: 'sns',

  permissions: (_settings, { topic }) => [{ actions: ['sns:Publish'], resources: [topic] }],

  async open(_settings, { topic }) {
    return {
      canEdit: false,
      receivesTamperAlerts: false,
      async send(alert, { id }) {
        const message = {
          Subject: subjectOf(alert),
          Message: textOf(alert),
          MessageAttributes: { id: { DataType: 'String', StringValue: id } },
        };
        try {
          await client.send(new PublishCommand({ TopicArn: topic, ...message }));
        } catch (cause) {
          const reason = `${nameOf(cause)}: ${messageOf(cause)}`;
          throw new ChannelError(`${topic} cannot be published to: ${reason}`, { cause });
        }
        return null;
      },
    };
  },
};

const client = new SNSClient(clientSettings);
