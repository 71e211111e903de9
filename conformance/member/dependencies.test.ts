import { expect, test } from 'vitest';
import { clientsOf } from '../clients.ts';
import { context, ownTopic, sns } from '../fixtures.ts';
import { refusal } from '../refusal.ts';

// What a member account may do with the destinations of a trail in the management account. [M] API references.

const { accountId = '', connection = {} } = context.member ?? {};
const member = clientsOf(connection, context.region);

test('a topic can be read once its policy allows the account [M: AddPermission]', async () => {
  const { arn: TopicArn } = await ownTopic();
  await refusal(member.sns.getTopicAttributes({ TopicArn }), 'AuthorizationErrorException');

  await sns.addPermission({
    TopicArn,
    Label: 'member',
    AWSAccountId: [accountId],
    ActionName: ['GetTopicAttributes'],
  });

  expect((await member.sns.getTopicAttributes({ TopicArn })).Attributes?.TopicArn).toBe(TopicArn);
  await refusal(member.sns.deleteTopic({ TopicArn }), 'AuthorizationErrorException');
});
