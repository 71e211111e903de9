import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBaseline } from '#baseline/baseline.ts';
import { kinds } from '#drift/index.ts';
import { settings as kind } from '#drift/settings.ts';
import { documentWith, now, settings, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';
import { runs } from '../support/property-runs.ts';
import {
  actualState,
  bare,
  desiredState,
  type Field,
  fieldOf,
  type Settings,
} from '../support/trail-settings.ts';

const partnerOf: Readonly<Partial<Record<Field, Field>>> = {
  CloudWatchLogsLogGroupArn: 'CloudWatchLogsRoleArn',
  CloudWatchLogsRoleArn: 'CloudWatchLogsLogGroupArn',
  IsMultiRegionTrail: 'IncludeGlobalServiceEvents',
  IncludeGlobalServiceEvents: 'IsMultiRegionTrail',
};

describe('a baseline', () => {
  test('can contain any desired state', () => {
    fc.assert(
      fc.property(desiredState, (state) => {
        expect(kind.state.safeParse(state).error).toBeUndefined();
      }),
    );
  });
});

describe('the repair of a trail', () => {
  test.each<[Field, Partial<Settings>, object]>([
    ['S3BucketName', { S3BucketName: 'theirs' }, { S3BucketName: 'the-logs' }],
    ['S3KeyPrefix', { S3KeyPrefix: 'theirs' }, { S3KeyPrefix: settings.S3KeyPrefix }],
    ['SnsTopicARN', { SnsTopicARN: null }, { SnsTopicName: settings.SnsTopicARN }],
    ['KmsKeyId', { KmsKeyId: null }, { KmsKeyId: settings.KmsKeyId }],
    [
      'LogFileValidationEnabled',
      { LogFileValidationEnabled: false },
      { EnableLogFileValidation: true },
    ],
    ['IsOrganizationTrail', { IsOrganizationTrail: false }, { IsOrganizationTrail: true }],
    ['RecursiveLogging', { RecursiveLogging: true }, { RecursiveLogging: false }],
  ])('sends only %s if only that drifted', (_field, drift, members) => {
    const steps = kind.repair(settings, { ...settings, ...drift }, trail);

    expect(steps).toStrictEqual([
      { action: 'UpdateTrail', input: { Name: trail.arn, ...members } },
    ]);
  });

  test.each([
    ['S3KeyPrefix', 'S3KeyPrefix'],
    ['SnsTopicARN', 'SnsTopicName'],
    ['KmsKeyId', 'KmsKeyId'],
  ])('clears %s with an empty string if it must be absent', (field, member) => {
    const steps = kind.repair(bare, { ...bare, [field]: 'theirs' }, trail);

    expect(steps).toStrictEqual([
      { action: 'UpdateTrail', input: { Name: trail.arn, [member]: '' } },
    ]);
  });

  test.each(['CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'])(
    'sends the log group and its role together if %s drifted',
    (field) => {
      const { CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn } = settings;

      const steps = kind.repair(settings, { ...settings, [field]: 'theirs' }, trail);

      expect(steps).toStrictEqual([
        {
          action: 'UpdateTrail',
          input: { Name: trail.arn, CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn },
        },
      ]);
    },
  );

  test('clears the log group and its role together', () => {
    const { CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn } = settings;

    const steps = kind.repair(
      bare,
      { ...bare, CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn },
      trail,
    );

    expect(steps).toStrictEqual([
      {
        action: 'UpdateTrail',
        input: { Name: trail.arn, CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' },
      },
    ]);
  });

  test.each(['IsMultiRegionTrail', 'IncludeGlobalServiceEvents'])(
    'sends all Regions and global service events together if %s drifted',
    (field) => {
      const steps = kind.repair(settings, { ...settings, [field]: false }, trail);

      expect(steps).toStrictEqual([
        {
          action: 'UpdateTrail',
          input: { Name: trail.arn, IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true },
        },
      ]);
    },
  );

  test('is one call, whatever drifted', () => {
    const steps = kind.repair(bare, settings, trail);

    expect(steps).toHaveLength(1);
  });

  test('restores exactly the desired state from any other', () => {
    fc.assert(
      fc.property(desiredState, actualState, (desired, actual) => {
        const repaired = inputsOf(desired, actual).reduce(updateTrail, actual);

        expect(repaired).toStrictEqual(desired);
      }),
      { numRuns: runs(500) },
    );
  });

  test('sends only drifted fields and their partners', () => {
    fc.assert(
      fc.property(desiredState, actualState, (desired, actual) => {
        const drifted = (field: Field | undefined) =>
          field !== undefined && desired[field] !== actual[field];

        for (const { Name, ...members } of inputsOf(desired, actual)) {
          expect(Name).toBe(trail.arn);
          for (const member of Object.keys(members)) {
            const field = fieldNamed(member);
            expect(drifted(field) || drifted(partnerOf[field]), member).toBe(true);
          }
        }
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('a deleted trail', () => {
  test('is created with every setting under its input name', () => {
    expect(kind.repair(settings, null, trail)).toStrictEqual([
      {
        action: 'CreateTrail',
        input: {
          Name: 'main',
          S3BucketName: settings.S3BucketName,
          S3KeyPrefix: settings.S3KeyPrefix,
          SnsTopicName: settings.SnsTopicARN,
          IncludeGlobalServiceEvents: true,
          IsMultiRegionTrail: true,
          EnableLogFileValidation: true,
          CloudWatchLogsLogGroupArn: settings.CloudWatchLogsLogGroupArn,
          CloudWatchLogsRoleArn: settings.CloudWatchLogsRoleArn,
          KmsKeyId: settings.KmsKeyId,
          IsOrganizationTrail: true,
          RecursiveLogging: false,
        },
      },
    ]);
  });

  test('is created without fields that must be absent', () => {
    expect(kind.repair(bare, null, trail)).toStrictEqual([
      {
        action: 'CreateTrail',
        input: {
          Name: 'main',
          S3BucketName: 'the-logs',
          IncludeGlobalServiceEvents: true,
          IsMultiRegionTrail: false,
          EnableLogFileValidation: false,
          IsOrganizationTrail: false,
          RecursiveLogging: true,
        },
      },
    ]);
  });

  test('is created exactly as desired', () => {
    fc.assert(
      fc.property(desiredState, (desired) => {
        const [step, ...others] = kind.repair(desired, null, trail);
        const { Name, ...members }: { Name?: unknown } = { ...step?.input };

        expect(others).toStrictEqual([]);
        expect(step?.action).toBe('CreateTrail');
        expect(Name).toBe(trail.name);
        expect(Object.values(members)).not.toContain('');
        expect(updateTrail(nothing, members)).toStrictEqual(desired);
      }),
    );
  });
});

describe('a live trail', () => {
  const { SnsTopicARN, LogFileValidationEnabled, ...others } = settings;
  const answer = {
    Name: 'main',
    TrailARN: trail.arn,
    HomeRegion: 'eu-central-1',
    HasCustomEventSelectors: false,
    HasInsightSelectors: false,
    SnsTopicName: 'deliveries',
    SnsTopicARN,
    LogFileValidationEnabled,
    ...others,
  };
  const observe = (Trail: object) => kind.observe(answering({ Trail }).aws, trail, now);

  test('is read by its ARN', async () => {
    const { aws, asked } = answering({ Trail: answer });

    await kind.observe(aws, trail, now);

    expect(asked).toStrictEqual([{ operation: 'GetTrail', input: { Name: trail.arn } }]);
  });

  test('is read as its settings only', async () => {
    expect(await observe(answer)).toStrictEqual(settings);
  });

  const optional = [
    'S3KeyPrefix',
    'SnsTopicARN',
    'CloudWatchLogsLogGroupArn',
    'CloudWatchLogsRoleArn',
    'KmsKeyId',
  ];

  test.each(optional)('has no %s if it is not in the response', async (field) => {
    expect(await observe({ ...answer, [field]: undefined })).toStrictEqual({
      ...settings,
      [field]: null,
    });
  });

  test.each(optional)('has no %s if it is empty', async (field) => {
    expect(await observe({ ...answer, [field]: '' })).toStrictEqual({ ...settings, [field]: null });
  });

  test('has no bucket if that is empty, and a log group in the form of the baseline', async () => {
    expect(await observe({ ...answer, S3BucketName: '' })).not.toHaveProperty('S3BucketName');
    const CloudWatchLogsLogGroupArn = settings.CloudWatchLogsLogGroupArn.replace(':*', '');
    expect(await observe({ ...answer, CloudWatchLogsLogGroupArn })).toStrictEqual(settings);
  });

  test('has no topic if the response has only the deprecated name', async () => {
    expect(await observe({ ...answer, SnsTopicARN: undefined })).toMatchObject({
      SnsTopicARN: null,
    });
  });

  test.each([
    'S3BucketName',
    'IncludeGlobalServiceEvents',
    'IsMultiRegionTrail',
    'LogFileValidationEnabled',
    'IsOrganizationTrail',
    'RecursiveLogging',
  ])('does not have %s enabled if it is not in the response', async (field) => {
    expect(await observe({ ...answer, [field]: undefined })).not.toHaveProperty(field);
  });

  test('is unknown if the response has no trail', async () => {
    await expect(kind.observe(answering({}).aws, trail, now)).rejects.toThrow(
      'GetTrail returned no Trail',
    );
  });

  test.each([true, false])(
    'has the recursive logging of the response: %s',
    async (RecursiveLogging) => {
      expect(await observe({ ...answer, RecursiveLogging })).toMatchObject({ RecursiveLogging });
    },
  );

  test('is read with any text that an outsider wrote', async () => {
    const written = {
      S3BucketName: 'Not A Bucket!',
      S3KeyPrefix: 'x'.repeat(500),
      SnsTopicARN: 'no topic\u202e',
      CloudWatchLogsLogGroupArn: 'nowhere',
      CloudWatchLogsRoleArn: '__proto__',
      KmsKeyId: 'alias/theirs',
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: false,
    };

    expect(await observe({ ...answer, ...written })).toStrictEqual({ ...settings, ...written });
  });

  test('is null if the trail does not exist', async () => {
    expect(await kind.observe(refusing('TrailNotFoundException').aws, trail, now)).toBeNull();
  });

  test.each([
    'AccessDeniedException',
    'ThrottlingException',
    'InvalidTrailNameException',
    'CloudTrailARNInvalidException',
    'UnsupportedOperationException',
  ])('is unknown, not absent, if CloudTrail returns %s', async (name) => {
    await expect(kind.observe(refusing(name).aws, trail, now)).rejects.toMatchObject({ name });
  });
});

describe('a step', () => {
  test.each([
    ['CreateTrail', kind.repair(settings, null, trail)],
    ['UpdateTrail', kind.repair(bare, settings, trail)],
  ])('is applied as one %s call with its input', async (operation, [step]) => {
    if (step === undefined) throw new Error('there is no step');
    const { aws, asked } = answering({});

    await kind.apply(aws, step);

    expect(asked).toStrictEqual([{ operation, input: step.input }]);
  });

  test('that is refused throws CloudTrail’s error', async () => {
    const [step] = kind.repair(bare, settings, trail);
    if (step === undefined) throw new Error('there is no step');
    const { aws } = refusing('InsufficientS3BucketPolicyException');

    await expect(kind.apply(aws, step)).rejects.toMatchObject({
      name: 'InsufficientS3BucketPolicyException',
    });
  });
});

describe('settings in a baseline file', () => {
  const resolve = (written: object, keyArn = noResolver) => {
    if (kind.fileFormat === undefined) throw new Error('settings have no wider spelling');
    return kind.fileFormat.resolve({ ...settings, ...written }, trail, keyArn);
  };
  const keyArn = settings.KmsKeyId;

  test.each(['deliveries', 'deliveries.fifo'])(
    'can name the topic %s of the home Region and account',
    async (SnsTopicARN) => {
      expect(await resolve({ SnsTopicARN })).toStrictEqual({
        ...settings,
        SnsTopicARN: `arn:aws:sns:eu-central-1:111122223333:${SnsTopicARN}`,
      });
    },
  );

  test('name a topic in the partition of the trail', async () => {
    const arn = 'arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/main' as const;
    const chinese = { ...trail, arn, partition: 'aws-cn', region: 'cn-north-1' };

    const resolved = await kind.fileFormat?.resolve(
      { ...settings, SnsTopicARN: 'deliveries' },
      chinese,
      noResolver,
    );

    expect(resolved?.SnsTopicARN).toBe('arn:aws-cn:sns:cn-north-1:111122223333:deliveries');
  });

  test('keep a topic ARN, even of another account', async () => {
    const SnsTopicARN = 'arn:aws:sns:us-east-1:222233334444:deliveries';

    expect(await resolve({ SnsTopicARN })).toMatchObject({ SnsTopicARN });
  });

  test('can omit topic and key', async () => {
    const absent = { SnsTopicARN: null, KmsKeyId: null };

    expect(await resolve(absent)).toStrictEqual({ ...settings, ...absent });
  });

  test.each([
    'alias/logs',
    'arn:aws:kms:eu-central-1:111122223333:alias/logs',
    '12345678-1234-1234-1234-123456789012',
    'mrk-1234abcd12ab34cd56ef1234567890ab',
  ])('can name the key %s, which becomes its ARN', async (KmsKeyId) => {
    const asked: string[] = [];

    const resolved = await resolve({ KmsKeyId }, async (keyId) => {
      asked.push(keyId);
      return keyArn;
    });

    expect(resolved).toStrictEqual({ ...settings, KmsKeyId: keyArn });
    expect(asked).toStrictEqual([KmsKeyId]);
  });

  test('keep a key ARN without calling KMS', async () => {
    expect(await resolve({ KmsKeyId: keyArn })).toMatchObject({ KmsKeyId: keyArn });
  });

  test('are refused if KMS does not find the key', async () => {
    const unknown = async () => {
      throw new Error('NotFoundException');
    };

    await expect(resolve({ KmsKeyId: 'alias/gone' }, unknown)).rejects.toThrow('NotFoundException');
  });

  test.each<[object, string]>([
    [
      { CloudWatchLogsRoleArn: null },
      'CloudWatchLogsRoleArn: must be set, because CloudWatchLogsLogGroupArn is',
    ],
    [
      { CloudWatchLogsLogGroupArn: null },
      'CloudWatchLogsLogGroupArn: must be set, because CloudWatchLogsRoleArn is',
    ],
    [
      { IncludeGlobalServiceEvents: false },
      'IncludeGlobalServiceEvents: must be true, because IsMultiRegionTrail is',
    ],
  ])('are refused with %j, which CloudTrail does not accept with the others', (change, message) => {
    const written = { ...settings, ...change };

    expect(kind.fileFormat?.schema.safeParse(written).success).toBe(false);
    expect(() => parseBaseline(documentWith({ 'states.settings': written }), kinds)).toThrow(
      `states.settings.${message}`,
    );
  });

  test('can have no log group, and no global events in one Region', async () => {
    const absent = {
      ...{ CloudWatchLogsLogGroupArn: null, CloudWatchLogsRoleArn: null },
      ...{ IsMultiRegionTrail: false, IncludeGlobalServiceEvents: false },
    };

    expect(await resolve(absent)).toStrictEqual({ ...settings, ...absent });
  });

  test('can name a log group of the home Region and account', async () => {
    const named = await resolve({ CloudWatchLogsLogGroupArn: 'trail' });

    expect(named).toStrictEqual(settings);
  });

  test('are unchanged if they are canonical', async () => {
    await fc.assert(
      fc.asyncProperty(desiredState, async (state) => {
        expect(await resolve(state)).toStrictEqual(state);
      }),
    );
  });
});

const noResolver = async (keyId: string): Promise<string> => {
  throw new Error(`KMS was asked for ${keyId}`);
};

const fieldNamed = (member: string): Field => {
  const field = fieldOf[member];
  if (field === undefined) throw new Error(`CloudTrail has no member ${member}`);
  return field;
};

/** The inputs of the calls of a restore: one, or none if nothing drifted. */
const inputsOf = (desired: Settings, actual: Settings) => {
  const fields = Object.values(fieldOf);
  if (fields.every((field) => desired[field] === actual[field])) return [];
  return kind.repair(desired, actual, trail).map(({ action, input }) => {
    expect(action).toBe('UpdateTrail');
    return input;
  });
};

/** A trail without settings. */
const nothing = Object.fromEntries(
  Object.values(fieldOf).map((field) => [field, null]),
) as unknown as Settings;

/** CloudTrail's patch: a missing field is kept, an empty string clears, partners are sent together. */
const updateTrail = (before: Settings, { Name: _name, ...input }: object & { Name?: unknown }) => {
  for (const [member, value] of Object.entries(input)) {
    if (value === undefined || value === null) throw new Error(`${member} is sent without a value`);
    const partner = partnerOf[fieldNamed(member)];
    if (partner !== undefined && !(partner in input)) {
      throw new Error(`${member} is refused without ${partner}`);
    }
  }
  const written = Object.entries(input).map(([member, value]) => [
    fieldNamed(member),
    value === '' ? null : value,
  ]);
  const after: Settings = { ...before, ...Object.fromEntries(written) };
  if (after.IsMultiRegionTrail && !after.IncludeGlobalServiceEvents) {
    throw new Error('a multi-Region trail is refused without global service events');
  }
  return after;
};
