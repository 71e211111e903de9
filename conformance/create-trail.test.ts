import { describe, expect, test } from 'vitest';
import {
  cloudtrail,
  context,
  create,
  elsewhere,
  getTrail,
  newName,
  ownTrail,
  trailArn,
} from './fixtures.ts';
import { refusal } from './refusal.ts';

describe('a new trail', () => {
  test('has the documented defaults [M: CreateTrail; S 06]', async () => {
    const { name, arn } = await ownTrail();

    expect(await getTrail(name)).toMatchObject({
      Name: name,
      TrailARN: arn,
      HomeRegion: context.region,
      S3BucketName: context.bucket,
      IncludeGlobalServiceEvents: true,
      IsMultiRegionTrail: false,
      IsOrganizationTrail: false,
      LogFileValidationEnabled: false,
      HasCustomEventSelectors: false,
      HasInsightSelectors: false,
    });
  });

  test('logs recursively [M: RecursiveLogging, "the default value is true"]', async () => {
    const { name } = await ownTrail();

    expect((await getTrail(name))?.RecursiveLogging).toBe(true);
  });

  test('omits fields that were not given [S 06]', async () => {
    const answer = await create();

    for (const member of ['S3KeyPrefix', 'SnsTopicName', 'SnsTopicARN', 'KmsKeyId'] as const) {
      expect(answer).not.toHaveProperty(member);
    }
    expect(answer).not.toHaveProperty('CloudWatchLogsLogGroupArn');
    expect(answer).not.toHaveProperty('CloudWatchLogsRoleArn');
  });

  test('is returned as GetTrail returns it [M]', async () => {
    const { $metadata, ...answer } = await create({ S3KeyPrefix: 'logs', RecursiveLogging: false });

    expect(await getTrail(answer.Name ?? '')).toMatchObject(answer);
  });

  test('returns log file validation under another name than CreateTrail takes [M]', async () => {
    const answer = await create({ EnableLogFileValidation: true });

    expect(answer).toHaveProperty('LogFileValidationEnabled', true);
    expect(answer).not.toHaveProperty('EnableLogFileValidation');
  });

  test('does not log [T: trail.go]', async () => {
    const { name } = await ownTrail();

    const status = await cloudtrail.getTrailStatus({ Name: name });

    expect(status.IsLogging).toBe(false);
    expect(status.StartLoggingTime).toBeUndefined();
    expect(status.StopLoggingTime).toBeUndefined();
  });

  test('has the tags that it was created with [M: TagsList]', async () => {
    const TagsList = [
      { Key: 'owner', Value: 'security' },
      { Key: 'stage', Value: 'test' },
    ];
    const { arn } = await ownTrail({ TagsList });

    const { ResourceTagList } = await cloudtrail.listTags({ ResourceIdList: [arn] });

    expect(ResourceTagList?.[0]?.ResourceId).toBe(arn);
    expect(new Set(ResourceTagList?.[0]?.TagsList)).toEqual(new Set(TagsList));
  });

  test('is refused if its name is already used [M: TrailAlreadyExistsException]', async () => {
    const { name } = await ownTrail();

    await refusal(create({ Name: name }), 'TrailAlreadyExistsException');
  });

  test('can have the name of a trail in another Region [M: names are unique per Region]', async () => {
    const { name } = await ownTrail();

    const answer = await create({ Name: name }, elsewhere.cloudtrail);

    expect(answer.TrailARN).toBe(trailArn(name, context.otherRegion));
  });

  test('does not exist after it was refused [M]', async () => {
    const Name = newName();

    await refusal(create({ Name, S3BucketName: newName() }), 'S3BucketDoesNotExistException');

    await refusal(cloudtrail.getTrail({ Name }), 'TrailNotFoundException');
  });
});
