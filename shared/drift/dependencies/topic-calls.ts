import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import type { Aws } from '#aws/clients.ts';
import { accountOf, regionOf, there, unlessUnseen } from './reading.ts';

/** Whether a topic exists, or may not be read. */
export async function topicExistence(aws: Aws, arn: string): Promise<string | undefined> {
  const sns = await aws.dependenciesIn(accountOf(arn)).snsIn(regionOf(arn));
  return unlessUnseen(sns.send(new GetTopicAttributesCommand({ TopicArn: arn })), () => there);
}
