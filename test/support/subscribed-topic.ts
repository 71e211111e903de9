import {
  GetTopicAttributesCommand,
  SetTopicAttributesCommand,
  type SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';

/** The Sid of CloudTrail's statement, as the AWS documentation names it. */
export const Label = 'AWSCloudTrailSNSPolicy20131101';

/** The queue that is subscribed to the topic. */
export const siemQueue = 'arn:aws:sqs:us-east-1:111122223333:siem';

/** Names the statements of a topic policy, so that RemovePermission can remove them, and subscribes the queue of a SIEM. */
export async function subscribeSiem(sns: SNSClient, TopicArn: string): Promise<string> {
  const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
  const { Statement, ...policy } = JSON.parse(Attributes?.Policy ?? '');
  const named = [Statement].flat().map((one) => ({ ...one, Sid: Label }));
  const AttributeValue = JSON.stringify({ ...policy, Statement: named });
  await sns.send(
    new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }),
  );
  const { SubscriptionArn = '' } = await sns.send(
    new SubscribeCommand({
      ...{ TopicArn, Protocol: 'sqs', Endpoint: siemQueue },
      ReturnSubscriptionArn: true,
    }),
  );
  return SubscriptionArn;
}
