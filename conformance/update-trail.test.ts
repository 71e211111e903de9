import { describe, expect, test } from 'vitest';
import { cloudtrail, getTrail, ownTrail } from './fixtures.ts';
import { refusal } from './refusal.ts';

const whole = {
  S3KeyPrefix: 'old',
  EnableLogFileValidation: true,
  IncludeGlobalServiceEvents: false,
  RecursiveLogging: false,
};

describe('UpdateTrail is a patch [D: cloudtrail-log-file-encryption-cli; I: go-to-k/cdkd#1547]', () => {
  test('a field that is left out keeps its value', async () => {
    const { name } = await ownTrail(whole);
    const before = await getTrail(name);

    await cloudtrail.updateTrail({ Name: name });

    expect(await getTrail(name)).toEqual(before);
  });

  test.each([
    ['S3KeyPrefix', { S3KeyPrefix: 'new' }, { S3KeyPrefix: 'new' }],
    [
      'EnableLogFileValidation',
      { EnableLogFileValidation: false },
      { LogFileValidationEnabled: false },
    ],
    [
      'IncludeGlobalServiceEvents',
      { IncludeGlobalServiceEvents: true },
      { IncludeGlobalServiceEvents: true },
    ],
    ['RecursiveLogging', { RecursiveLogging: true }, { RecursiveLogging: true }],
  ])('changes only %s, and GetTrail shows it at once', async (_member, input, output) => {
    const { name } = await ownTrail(whole);
    const before = await getTrail(name);

    await cloudtrail.updateTrail({ Name: name, ...input });

    expect(await getTrail(name)).toEqual({ ...before, ...output });
  });

  test('returns the whole trail with the field names of GetTrail [M]', async () => {
    const { name, arn } = await ownTrail(whole);

    const { $metadata, ...answer } = await cloudtrail.updateTrail({
      Name: name,
      S3KeyPrefix: 'new',
    });

    expect(answer).toMatchObject({ TrailARN: arn, S3KeyPrefix: 'new', RecursiveLogging: false });
    expect(await getTrail(name)).toMatchObject(answer);
  });

  test('accepts a name or an ARN [M: Name]', async () => {
    const { arn } = await ownTrail();

    await cloudtrail.updateTrail({ Name: arn, S3KeyPrefix: 'new' });

    expect((await getTrail(arn))?.S3KeyPrefix).toBe('new');
  });

  test('an empty string clears S3KeyPrefix [T: trail.go; I: go-to-k/cdkd#1547]', async () => {
    const { name } = await ownTrail(whole);
    const { S3KeyPrefix, ...rest } = (await getTrail(name)) ?? {};

    await cloudtrail.updateTrail({ Name: name, S3KeyPrefix: '' });

    expect(await getTrail(name)).toEqual(rest);
  });

  test('the bucket cannot be cleared [M: S3BucketName]', async () => {
    const { name } = await ownTrail();

    await refusal(
      cloudtrail.updateTrail({ Name: name, S3BucketName: '' }),
      'InvalidS3BucketNameException',
    );
  });

  test('is applied completely or not at all [U]', async () => {
    const { name } = await ownTrail(whole);
    const before = await getTrail(name);

    const update = { S3KeyPrefix: 'new', KmsKeyId: `alias/${name}` };
    await refusal(cloudtrail.updateTrail({ Name: name, ...update }), 'KmsKeyNotFoundException');

    expect(await getTrail(name)).toEqual(before);
  });

  test('changes neither logging nor selectors nor tags [M: they have separate calls]', async () => {
    const TagsList = [{ Key: 'owner', Value: 'security' }];
    const { name, arn } = await ownTrail({ TagsList });
    const EventSelectors = [{ ReadWriteType: 'WriteOnly' as const, IncludeManagementEvents: true }];
    await cloudtrail.putEventSelectors({ TrailName: name, EventSelectors });
    await cloudtrail.startLogging({ Name: name });

    await cloudtrail.updateTrail({ Name: name, S3KeyPrefix: 'new', RecursiveLogging: false });

    const selectors = await cloudtrail.getEventSelectors({ TrailName: name });
    const { ResourceTagList } = await cloudtrail.listTags({ ResourceIdList: [arn] });
    expect((await cloudtrail.getTrailStatus({ Name: name })).IsLogging).toBe(true);
    expect(selectors.EventSelectors).toMatchObject(EventSelectors);
    expect(ResourceTagList?.[0]?.TagsList).toEqual(TagsList);
  });
});
