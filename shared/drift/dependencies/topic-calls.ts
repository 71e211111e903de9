import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import type { Aws } from '#aws/clients.ts';
import { regionOf, there, unlessUnseen } from './reading.ts';

/** Whether a topic exists, or may not be read. */
export async function topicExistence({ snsIn }: Aws, arn: string): Promise<string | undefined> {
  const sns = await snsIn(regionOf(arn));
  return unlessUnseen(sns.send(new GetTopicAttributesCommand({ TopicArn: arn })), () => there);
}
