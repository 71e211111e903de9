import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settings as kind } from '#drift/settings.ts';
import { settings, trail } from '../support/baseline.ts';
import { actualState, desiredState, type Settings } from '../support/trail-settings.ts';

describe('a write that AWS refused as a whole', () => {
  const update = (input: object) => ({
    action: 'UpdateTrail' as const,
    input: { Name: trail.arn, ...input },
  });

  const errors = fc.constantFrom('KmsException', 'MaximumNumberOfTrailsExceededException');

  test('is split without losing or duplicating a field', () => {
    fc.assert(
      fc.property(desiredState, actualState, errors, (desired, actual, error) => {
        const [step] = kind.repair(desired, actual, trail);
        const parts = (step && kind.decompose?.(step, { error, changes: [] }, trail)) ?? [];
        fc.pre(step !== undefined && parts.length > 0);

        const written = parts.map(({ input: { Name: _, ...members } }) => members);
        const { Name: _, ...whole } = step?.input ?? {};
        expect(Object.assign({}, ...written)).toEqual(whole);
        expect(written.flatMap(Object.keys)).toHaveLength(Object.keys(whole).length);
      }),
    );
  });

  test('writes the bucket first and each dependency separately', () => {
    const parts = kind.decompose?.(
      update({
        KmsKeyId: 'k',
        SnsTopicName: 't',
        CloudWatchLogsLogGroupArn: 'g',
        CloudWatchLogsRoleArn: 'r',
        S3BucketName: 'b',
      }),
      { error: 'KmsException', changes: [] },
      trail,
    );

    expect(parts).toEqual([
      update({ S3BucketName: 'b' }),
      update({ KmsKeyId: 'k' }),
      update({ CloudWatchLogsLogGroupArn: 'g', CloudWatchLogsRoleArn: 'r' }),
      update({ SnsTopicName: 't' }),
    ]);
  });

  test('has no parts if all fields depend on each other', () => {
    const together = update({ S3BucketName: 'b', S3KeyPrefix: 'p' });

    expect(kind.decompose?.(together, { error: 'KmsException', changes: [] }, trail)).toEqual([]);
  });

  test('that includes all Regions and the organization is split in two', () => {
    const scope = { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true };
    const parts = kind.decompose?.(
      update({ ...scope, IsOrganizationTrail: true }),
      { error: 'CloudTrailAccessNotEnabledException', changes: [] },
      trail,
    );

    expect(parts).toEqual([update(scope), update({ IsOrganizationTrail: true })]);
  });
});

describe('a key that AWS refused to restore', () => {
  const step = {
    action: 'UpdateTrail' as const,
    input: { Name: trail.arn, KmsKeyId: settings.KmsKeyId },
  };
  const partsWith = (actual: string | null) => {
    const change = { path: 'KmsKeyId', desired: settings.KmsKeyId, actual };
    const other = { path: 'S3KeyPrefix', desired: 'org', actual: null };
    return kind.decompose?.(step, { error: 'KmsException', changes: [other, change] }, trail);
  };

  test('is removed if the current one belongs to another account', () => {
    expect(partsWith(settings.KmsKeyId.replace('111122223333', '444455556666'))).toEqual([
      { action: 'UpdateTrail', input: { Name: trail.arn, KmsKeyId: '' } },
    ]);
  });

  test('is not changed if the current key is missing or our own', () => {
    expect(partsWith(null)).toEqual([]);
    expect(partsWith(settings.KmsKeyId.replace(/.$/, '9'))).toEqual([]);
  });

  test('is not changed because something else belongs to another account', () => {
    const refusal = {
      error: 'KmsException',
      changes: [
        {
          path: 'SnsTopicARN',
          desired: settings.SnsTopicARN,
          actual: 'arn:aws:sns:eu-central-1:444455556666:theirs',
        },
      ],
    };

    const step = {
      action: 'UpdateTrail' as const,
      input: { Name: trail.arn, KmsKeyId: settings.KmsKeyId },
    };

    expect(kind.decompose?.(step, refusal, trail)).toEqual([]);
  });
});

describe('a trail that AWS refused to create as a whole', () => {
  const update = (input: object) => ({
    action: 'UpdateTrail' as const,
    input: { Name: trail.arn, ...input },
  });
  const partsOf = (desired: Settings, error: string) => {
    const [step] = kind.repair(desired, null, trail);
    return (step && kind.decompose?.(step, { error, changes: [] }, trail)) ?? [];
  };
  const bare = {
    ...settings,
    KmsKeyId: null,
    SnsTopicARN: null,
    CloudWatchLogsLogGroupArn: null,
    CloudWatchLogsRoleArn: null,
  };

  test('is created without key, log group and topic, which follow', () => {
    const [create, ...updates] = partsOf(settings, 'KmsException');

    expect(create?.action).toBe('CreateTrail');
    expect(create?.input).toMatchObject({ Name: 'main', S3BucketName: 'the-logs' });
    for (const optional of ['KmsKeyId', 'SnsTopicName', 'CloudWatchLogsRoleArn']) {
      expect(create?.input).not.toHaveProperty(optional);
    }
    expect(updates).toEqual([
      update({ KmsKeyId: settings.KmsKeyId }),
      update({
        CloudWatchLogsLogGroupArn: settings.CloudWatchLogsLogGroupArn,
        CloudWatchLogsRoleArn: settings.CloudWatchLogsRoleArn,
      }),
      update({ SnsTopicName: settings.SnsTopicARN }),
    ]);
  });

  test('without these is created for one Region and account, and the rest follows', () => {
    const [create, ...updates] = partsOf(bare, 'CloudTrailAccessNotEnabledException');

    expect(create?.action).toBe('CreateTrail');
    expect(create?.input).not.toHaveProperty('IsMultiRegionTrail');
    expect(create?.input).not.toHaveProperty('IsOrganizationTrail');
    expect(updates).toEqual([
      update({ IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true }),
      update({ IsOrganizationTrail: true }),
    ]);
  });

  test('is created without those of them that it has, which follow', () => {
    const [create, ...updates] = partsOf({ ...bare, KmsKeyId: settings.KmsKeyId }, 'KmsException');

    expect(create?.input).not.toHaveProperty('KmsKeyId');
    expect(create?.input).toMatchObject({ IsMultiRegionTrail: true });
    expect(updates).toEqual([update({ KmsKeyId: settings.KmsKeyId })]);
  });

  test.each([
    ['all Regions', { IsOrganizationTrail: false }],
    ['the organization', { IsMultiRegionTrail: false }],
  ])('that has only %s is created without it, and it follows', (_what, scope) => {
    const [create] = partsOf({ ...bare, ...scope }, 'OrganizationsNotInUseException');

    expect(create?.action).toBe('CreateTrail');
    expect(create?.input).not.toHaveProperty('IsOrganizationTrail');
    expect(create?.input).not.toHaveProperty('IsMultiRegionTrail');
  });

  test('because another Region is full is created in its own with all dependencies', () => {
    const [create, ...updates] = partsOf(settings, 'MaximumNumberOfTrailsExceededException');

    expect(create?.input).toMatchObject({ KmsKeyId: settings.KmsKeyId, IsOrganizationTrail: true });
    expect(create?.input).not.toHaveProperty('IsMultiRegionTrail');
    expect(updates).toEqual([
      update({ IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true }),
    ]);
  });

  test('because its own Region is full has no parts', () => {
    const single = { ...settings, IsMultiRegionTrail: false };

    expect(partsOf(single, 'MaximumNumberOfTrailsExceededException')).toEqual([]);
  });

  test('for one Region and account without dependencies has no parts', () => {
    const least = { ...bare, IsMultiRegionTrail: false, IsOrganizationTrail: false };

    expect(partsOf(least, 'S3BucketDoesNotExistException')).toEqual([]);
  });
});
