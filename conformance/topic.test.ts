import { describe, expect, test } from 'vitest';
import {
  cloudtrail,
  context,
  create,
  getTrail,
  newName,
  ownTopic,
  ownTrail,
  sns,
  trailArn,
} from './fixtures.ts';
import { refusal } from './refusal.ts';

describe('the topic of a trail [M: SnsTopicName in, SnsTopicARN out]', () => {
  test('given by name or ARN is returned by ARN', async () => {
    const { name, arn } = await ownTopic();

    const byName = await create({ SnsTopicName: name });
    const byArn = await create({ SnsTopicName: arn });

    expect([byName.SnsTopicARN, byArn.SnsTopicARN]).toEqual([arn, arn]);
    expect((await getTrail(byName.Name ?? ''))?.SnsTopicARN).toBe(arn);
  });

  // [I] Terraform showed no difference as long as it read this field, whichever form was written:
  // terraform-provider-aws#41262.
  test('is returned as SnsTopicName in the form in which it was sent', async () => {
    const { name, arn } = await ownTopic();
    const { name: Name } = await ownTrail({ SnsTopicName: name });

    const byName = await getTrail(Name);
    const { SnsTopicName } = await cloudtrail.updateTrail({ Name, SnsTopicName: arn });
    const byArn = await getTrail(Name);

    expect([byName?.SnsTopicName, SnsTopicName, byArn?.SnsTopicName]).toEqual([name, arn, arn]);
    expect(byArn?.SnsTopicARN).toBe(arn);
  });

  test('is kept if left out and cleared by an empty string [S 11; T: trail.go]', async () => {
    const { arn } = await ownTopic();
    const { name: Name } = await ownTrail({ SnsTopicName: arn });

    await cloudtrail.updateTrail({ Name, S3KeyPrefix: 'new' });
    const kept = await getTrail(Name);
    await cloudtrail.updateTrail({ Name, SnsTopicName: '' });

    expect(kept?.SnsTopicARN).toBe(arn);
    expect((await getTrail(Name))?.SnsTopicARN || undefined).toBeUndefined();
  });
});

describe('a topic is refused [M: InsufficientSnsTopicPolicyException]', () => {
  const error = 'InsufficientSnsTopicPolicyException';
  // Message: aws/aws-cdk#11387.
  const words = 'SNS Topic does not exist or the topic policy is incorrect!';

  test('that does not allow CloudTrail to publish', async () => {
    const { arn } = await ownTopic({ bare: true });
    const { name } = await ownTrail();

    const { message } = await refusal(create({ SnsTopicName: arn }), error);
    await refusal(cloudtrail.updateTrail({ Name: name, SnsTopicName: arn }), error);

    expect(message).toBe(words);
  });

  // [D] "Amazon SNS topic policy for CloudTrail": the topic's policy can name the trail as aws:SourceArn.
  test('that allows CloudTrail to publish only for another trail', async () => {
    const { arn } = await ownTopic({ source: trailArn('another') });

    await refusal(create({ SnsTopicName: arn }), error);
  });

  test('that does not exist', async () => {
    const { message } = await refusal(create({ SnsTopicName: newName() }), error);

    expect(message).toBe(words);
  });

  test('that was deleted while in use, whatever field is updated [U]', async () => {
    const { arn } = await ownTopic();
    const { name } = await ownTrail({ SnsTopicName: arn });
    await sns.deleteTopic({ TopicArn: arn });

    await refusal(cloudtrail.updateTrail({ Name: name, EnableLogFileValidation: true }), error);
    await cloudtrail.updateTrail({ Name: name, SnsTopicName: '' });

    expect((await getTrail(name))?.S3BucketName).toBe(context.bucket);
  });
});
