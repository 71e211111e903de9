import {
  AddPermissionCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
} from '@aws-sdk/client-sns';
import type { Attack } from './attack.ts';
import { arnPrefix, home } from './home.ts';
import { withStatements } from './policy.ts';
import { outsider, topicArn } from './seed.ts';

/** Attacks on an SNS topic by an administrator of its account. */
export const attacksOnTopic = (TopicArn: string): readonly Attack[] => [
  {
    id: 'D1',
    title: 'deletes the SNS topic',
    call: ({ sns }) => sns.send(new DeleteTopicCommand({ TopicArn })),
  },
  {
    id: 'D2a',
    title: 'removes CloudTrail from the topic policy',
    call: ({ sns }) => sns.send(setting(TopicArn, 'Policy', withStatements(null))),
  },
  {
    id: 'D2b',
    title: 'denies CloudTrail the SNS topic',
    async call({ sns }) {
      const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
      const policy = withStatements(Attributes?.Policy ?? null, { ...denial, Resource: TopicArn });
      await sns.send(setting(TopicArn, 'Policy', policy));
    },
  },
  {
    id: 'D3',
    title: 'encrypts the SNS topic with another key',
    call: ({ sns }) => sns.send(setting(TopicArn, 'KmsMasterKeyId', 'alias/aws/sns')),
  },
  {
    id: 'D4',
    title: 'tags the SNS topic as her own',
    call: ({ sns }) =>
      sns.send(
        new TagResourceCommand({
          ResourceArn: TopicArn,
          Tags: [
            { Key: 'owner', Value: 'mallory' },
            { Key: 'team', Value: 'red' },
          ],
        }),
      ),
  },
  {
    id: 'D5',
    title: 'lets her own account subscribe',
    reportOnly: true,
    call: ({ sns }) =>
      sns.send(
        new AddPermissionCommand({
          ...{ TopicArn, Label: 'mallory' },
          ...{ AWSAccountId: [outsider.accountId], ActionName: ['Subscribe'] },
        }),
      ),
  },
  {
    id: 'D6',
    title: 'subscribes her own queue to the SNS topic',
    reportOnly: true,
    call: ({ sns }) =>
      sns.send(
        new SubscribeCommand({
          ...{ TopicArn, Protocol: 'sqs' },
          Endpoint: `${arnPrefix}:sqs:${home.region}:${home.accountId}:mallory`,
        }),
      ),
  },
];

const setting = (TopicArn: string, AttributeName: string, AttributeValue: string) =>
  new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue });

const denial = {
  Effect: 'Deny',
  Principal: { Service: 'cloudtrail.amazonaws.com' },
  Action: 'SNS:Publish',
};

/** Attacks on the SNS topic of the trail. */
export const topicAttacks = attacksOnTopic(topicArn);
