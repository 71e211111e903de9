import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settings as kind } from '#drift/settings.ts';
import { diff } from '#text/diff.ts';
import { now, settings, trail } from '../support/baseline.ts';
import { answering, refusing } from '../support/cloudtrail.ts';
import { runs } from '../support/property-runs.ts';

type Settings = NonNullable<Awaited<ReturnType<typeof kind.observe>>>;
type Field = keyof Settings;

// The input fields of CreateTrail and UpdateTrail and the matching fields of GetTrail: CloudTrail API reference
// 2018-11-20. RecursiveLogging is newer.
const fieldOf: Readonly<Record<string, Field>> = {
  S3BucketName: 'S3BucketName',
  S3KeyPrefix: 'S3KeyPrefix',
  SnsTopicName: 'SnsTopicARN',
  IncludeGlobalServiceEvents: 'IncludeGlobalServiceEvents',
  IsMultiRegionTrail: 'IsMultiRegionTrail',
  EnableLogFileValidation: 'LogFileValidationEnabled',
  CloudWatchLogsLogGroupArn: 'CloudWatchLogsLogGroupArn',
  CloudWatchLogsRoleArn: 'CloudWatchLogsRoleArn',
  KmsKeyId: 'KmsKeyId',
  IsOrganizationTrail: 'IsOrganizationTrail',
  RecursiveLogging: 'RecursiveLogging',
};
const partnerOf: Readonly<Partial<Record<Field, Field>>> = {
  CloudWatchLogsLogGroupArn: 'CloudWatchLogsRoleArn',
  CloudWatchLogsRoleArn: 'CloudWatchLogsLogGroupArn',
  IsMultiRegionTrail: 'IncludeGlobalServiceEvents',
  IncludeGlobalServiceEvents: 'IsMultiRegionTrail',
};

const bare: Settings = {
  S3BucketName: 'the-logs',
  S3KeyPrefix: null,
  SnsTopicARN: null,
  IncludeGlobalServiceEvents: true,
  IsMultiRegionTrail: false,
  LogFileValidationEnabled: false,
  CloudWatchLogsLogGroupArn: null,
  CloudWatchLogsRoleArn: null,
  KmsKeyId: null,
  IsOrganizationTrail: false,
  RecursiveLogging: true,
};

const orNull = (...texts: string[]) => fc.constantFrom(null, ...texts);
const logs = fc.constantFrom(
  { CloudWatchLogsLogGroupArn: null, CloudWatchLogsRoleArn: null },
  ...['trail', 'other'].map((name) => ({
    CloudWatchLogsLogGroupArn: `arn:aws:logs:eu-central-1:111122223333:log-group:${name}:*`,
    CloudWatchLogsRoleArn: `arn:aws:iam::111122223333:role/${name}`,
  })),
);
const scope = fc.constantFrom(
  { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true },
  { IsMultiRegionTrail: false, IncludeGlobalServiceEvents: true },
  { IsMultiRegionTrail: false, IncludeGlobalServiceEvents: false },
);

/** Any state that a baseline can contain. */
const desiredState: fc.Arbitrary<Settings> = fc
  .tuple(
    fc.record({
      S3BucketName: fc.constantFrom('the-logs', 'other-logs'),
      S3KeyPrefix: orNull('org', 'a/b'),
      SnsTopicARN: orNull('arn:aws:sns:eu-central-1:111122223333:deliveries'),
      LogFileValidationEnabled: fc.boolean(),
      KmsKeyId: orNull(`arn:aws:kms:eu-central-1:111122223333:key/one`),
      IsOrganizationTrail: fc.boolean(),
      RecursiveLogging: fc.boolean(),
    }),
    logs,
    scope,
  )
  .map(([rest, logs, scope]) => ({ ...rest, ...logs, ...scope }));

/** Any state that a trail can have: the texts of an outsider can be invalid. */
const outsiders = fc.oneof(fc.constant(null), fc.string({ unit: 'binary', minLength: 1 }));
const actualState: fc.Arbitrary<Settings> = fc.oneof(
  fc.record({
    S3BucketName: fc.string({ unit: 'binary' }),
    S3KeyPrefix: outsiders,
    SnsTopicARN: outsiders,
    IncludeGlobalServiceEvents: fc.boolean(),
    IsMultiRegionTrail: fc.boolean(),
    LogFileValidationEnabled: fc.boolean(),
    CloudWatchLogsLogGroupArn: outsiders,
    CloudWatchLogsRoleArn: outsiders,
    KmsKeyId: outsiders,
    IsOrganizationTrail: fc.boolean(),
    RecursiveLogging: fc.boolean(),
  }),
  desiredState,
);

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

describe('the impact of a changed setting', () => {
  const theirs = {
    S3BucketName: 'theirs',
    S3KeyPrefix: 'theirs/',
    SnsTopicARN: 'arn:aws:sns:eu-central-1:222233334444:theirs',
    CloudWatchLogsLogGroupArn: 'arn:aws:logs:eu-central-1:111122223333:log-group:theirs:*',
    CloudWatchLogsRoleArn: 'arn:aws:iam::111122223333:role/theirs',
    KmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:key/theirs',
  };
  const elsewhere = 'arn:aws:kms:eu-central-1:222233334444:key/theirs';
  const off = {
    IncludeGlobalServiceEvents: false,
    IsMultiRegionTrail: false,
    LogFileValidationEnabled: false,
    IsOrganizationTrail: false,
    RecursiveLogging: false,
  };
  const on = Object.fromEntries(
    Object.keys(off).map((field) => [field, true]),
  ) as Partial<Settings>;
  const impactOf = (field: Field, desired: Settings, actual: Settings) => {
    const [change, ...others] = diff({ [field]: desired[field] }, { [field]: actual[field] });
    if (change === undefined || others.length > 0) throw new Error(`${field} has not changed`);
    return kind.impact(change, desired, actual);
  };

  test.each<[string, Field, Partial<Settings>, Partial<Settings>, string, boolean]>([
    ['another bucket', 'S3BucketName', {}, theirs, 'critical', true],
    ['another prefix', 'S3KeyPrefix', {}, theirs, 'high', false],
    ['a prefix', 'S3KeyPrefix', bare, theirs, 'high', false],
    ['no prefix', 'S3KeyPrefix', {}, bare, 'high', false],
    ['another topic', 'SnsTopicARN', {}, theirs, 'medium', false],
    ['a topic', 'SnsTopicARN', bare, theirs, 'medium', false],
    ['no topic', 'SnsTopicARN', {}, bare, 'medium', false],
    ['no other Region', 'IsMultiRegionTrail', on, off, 'critical', true],
    ['every Region', 'IsMultiRegionTrail', off, on, 'low', false],
    ['no global service', 'IncludeGlobalServiceEvents', on, off, 'critical', true],
    ['global services', 'IncludeGlobalServiceEvents', off, on, 'low', false],
    ['no member account', 'IsOrganizationTrail', on, off, 'critical', true],
    ['member accounts', 'IsOrganizationTrail', off, on, 'low', false],
    ['no validation', 'LogFileValidationEnabled', on, off, 'high', false],
    ['validation', 'LogFileValidationEnabled', off, on, 'low', false],
    ['another log group', 'CloudWatchLogsLogGroupArn', {}, theirs, 'high', false],
    ['no log group', 'CloudWatchLogsLogGroupArn', {}, bare, 'high', false],
    ['a log group', 'CloudWatchLogsLogGroupArn', bare, theirs, 'medium', false],
    ['a role', 'CloudWatchLogsRoleArn', bare, theirs, 'medium', false],
    ['another role', 'CloudWatchLogsRoleArn', {}, theirs, 'high', false],
    ['no role', 'CloudWatchLogsRoleArn', {}, bare, 'high', false],
    ['another key', 'KmsKeyId', {}, theirs, 'high', true],
    ['a key of another account', 'KmsKeyId', {}, { KmsKeyId: elsewhere }, 'critical', true],
    ['no ARN for a key', 'KmsKeyId', {}, { KmsKeyId: 'alias/theirs' }, 'critical', true],
    ['no key', 'KmsKeyId', {}, bare, 'medium', false],
    ['no recursive logging', 'RecursiveLogging', on, off, 'low', false],
    ['recursive logging', 'RecursiveLogging', off, on, 'low', false],
  ])('is reported for %s', (_what, field, desired, actual, severity, losesCoverage) => {
    const now = { ...settings, ...actual };
    const { description, ...impact } = impactOf(field, { ...settings, ...desired }, now);

    expect(impact).toStrictEqual({ severity, losesCoverage });
    if (typeof now[field] === 'string') expect(description).toContain(now[field]);
  });

  test('loses events if a key is added, whose owner decides who reads the log', () => {
    const { losesCoverage, description } = impactOf('KmsKeyId', bare, {
      ...bare,
      KmsKeyId: elsewhere,
    });

    expect(losesCoverage).toBe(true);
    expect(description).toContain(elsewhere);
  });

  test.each<[Field, string]>([
    ['S3KeyPrefix', 'to the top of the bucket'],
    ['SnsTopicARN', 'no longer sent'],
    ['CloudWatchLogsLogGroupArn', 'no longer reach CloudWatch Logs'],
    ['CloudWatchLogsRoleArn', 'no longer reach CloudWatch Logs'],
    ['KmsKeyId', 'no longer encrypted'],
  ])('says what a missing %s means', (field, reported) => {
    const { description } = impactOf(field, settings, bare);

    expect(description).toContain(reported);
    expect(description).not.toContain('null');
  });

  test('distinguishes a log group from a role', () => {
    const reported = (field: Field) =>
      impactOf(field, settings, { ...settings, ...theirs }).description;

    expect(reported('CloudWatchLogsLogGroupArn')).toContain('the log group arn:');
    expect(reported('CloudWatchLogsRoleArn')).toContain('the role arn:');
  });

  test('names the bucket of the baseline', () => {
    const { description } = impactOf('S3BucketName', settings, { ...settings, ...theirs });

    expect(description).toContain(`not to ${settings.S3BucketName}`);
  });

  test('says whether a key belongs to another account', () => {
    const reported = (KmsKeyId: string) =>
      impactOf('KmsKeyId', settings, { ...settings, KmsKeyId });

    expect(reported(elsewhere).description).toContain("another account's key");
    expect(reported(theirs.KmsKeyId).description).not.toContain('account');
  });

  test('has a different text for each field and direction', () => {
    const fields = Object.values(fieldOf);
    const description = [
      ...fields.map((field) =>
        impactOf(field, { ...settings, ...on }, { ...bare, ...off, ...theirs }),
      ),
      ...fields
        .filter((field) => field !== 'S3BucketName')
        .map((field) => impactOf(field, { ...settings, ...off }, { ...bare, ...on })),
    ].map((impact) => impact.description);

    // The log group and its role are removed together and reported once.
    expect(new Set(description).size).toBe(description.length - 1);
    for (const text of description) expect(text).toMatch(/^\S(.*\S)?$/);
  });
});

describe('a capture warns about the weak settings of a trail', () => {
  const weaknesses = (patch: object) =>
    kind.hardeningAdvice?.({ ...settings, ...patch }, trail) ?? [];

  test.each([
    ['IsMultiRegionTrail', false, 'events of other Regions are not recorded'],
    ['IncludeGlobalServiceEvents', false, 'events of IAM, STS and the other global services'],
    ['LogFileValidationEnabled', false, 'log files can be changed unnoticed'],
    ['KmsKeyId', null, 'anyone who can read the bucket can read the log'],
  ])('%s %j', (field, value, description) => {
    expect(weaknesses({ [field]: value })).toEqual([expect.stringContaining(description)]);
  });

  test('a capture names the account that can restore a foreign log group', () => {
    const CloudWatchLogsLogGroupArn = settings.CloudWatchLogsLogGroupArn?.replace(
      trail.accountId,
      '222233334444',
    );

    expect(weaknesses({ CloudWatchLogsLogGroupArn })).toEqual([
      expect.stringContaining('only the delegated administrator 222233334444 can'),
    ]);
  });

  test('a capture of a trail with all settings has no warning', () => {
    expect(weaknesses({})).toEqual([]);
  });
});
