import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidBaselineError, parseBaseline, parseStates } from '#baseline/baseline.ts';
import { kinds } from '#drift/index.ts';
import { baseline, documentWith, settings } from '../support/baseline.ts';
import { runs } from '../support/property-runs.ts';

describe('a baseline', () => {
  test('with every kind is read as it was written', () => {
    expect(parseBaseline(JSON.stringify(baseline), kinds)).toStrictEqual(baseline);
  });

  test('can require that optional settings are absent', () => {
    const absent = {
      'states.settings.S3KeyPrefix': null,
      'states.settings.SnsTopicARN': null,
      'states.settings.CloudWatchLogsLogGroupArn': null,
      'states.settings.CloudWatchLogsRoleArn': null,
      'states.settings.KmsKeyId': null,
    };

    const { states } = parseBaseline(documentWith(absent), kinds);

    expect(states.settings).toStrictEqual({
      ...settings,
      S3KeyPrefix: null,
      SnsTopicARN: null,
      CloudWatchLogsLogGroupArn: null,
      CloudWatchLogsRoleArn: null,
      KmsKeyId: null,
    });
  });

  test.each(kinds.map(({ name }) => name))('is valid without %s', (kind) => {
    const { states } = parseBaseline(documentWith({ [`states.${kind}`]: undefined }), kinds);

    expect(states[kind]).toBeUndefined();
  });

  test('of one Region can exclude global service events', () => {
    const document = documentWith({
      'states.settings.IsMultiRegionTrail': false,
      'states.settings.IncludeGlobalServiceEvents': false,
    });

    expect(() => parseBaseline(document, kinds)).not.toThrow();
  });

  test('can have a key prefix of 200 characters', () => {
    const document = documentWith({ 'states.settings.S3KeyPrefix': 'x'.repeat(200) });

    expect(() => parseBaseline(document, kinds)).not.toThrow();
  });
});

describe('a baseline is refused, naming the field and the remedy,', () => {
  const onlyArn =
    'must be the ARN of a KMS key, or null: an alias or a key id is resolved when a baseline is imported';

  test.each([
    ['states.settings.S3BucketName', 's3://the-logs', 'must be the name of an S3 bucket'],
    ['states.settings.S3BucketName', null, 'must be the name of an S3 bucket'],
    ['states.settings.S3KeyPrefix', 'x'.repeat(201), 'must be at most 200 characters long'],
    ['states.settings.S3KeyPrefix', '', 'must not be empty: write null for "no prefix"'],
    ['states.settings.SnsTopicARN', 'deliveries', 'must be the ARN of an SNS topic, or null'],
    ['states.settings.SnsTopicARN', '', 'must be the ARN of an SNS topic, or null'],
    ['states.settings.CloudWatchLogsLogGroupArn', 'trail', 'must be the ARN of a CloudWatch Logs'],
    ['states.settings.CloudWatchLogsRoleArn', 'logs', 'must be the ARN of an IAM role, or null'],
    ['states.settings.KmsKeyId', 'alias/logs', onlyArn],
    ['states.settings.KmsKeyId', '12345678-1234-1234-1234-123456789012', onlyArn],
    ['states.settings.KmsKeyId', 'arn:aws:kms:us-east-2:123456789012:alias/logs', onlyArn],
    ['states.settings.KmsKeyId', '', onlyArn],
    ['states', {}, 'must name at least one kind'],
    ['version', '7', 'must be a whole number'],
    ['previous', 7, 'must be a SHA-256 in hex, or null'],
    ['previous', 'f'.repeat(63), 'must be a SHA-256 in hex, or null'],
    ['previous', 'f'.repeat(65), 'must be a SHA-256 in hex, or null'],
    ['capturedBy', 7, 'must be text'],
    ['reason', 7, 'must be text'],
    ['states.logging.IsLogging', false, 'must be true: start logging, then capture the trail'],
    [
      'trail',
      'main',
      '"main" is not a trail ARN: expected arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME',
    ],
  ])('where %s is %j', (path, value, remedy) => {
    expect(refusal(documentWith({ [path]: value }))).toContain(`${path}: ${remedy}`);
  });

  test.each([
    ['CloudWatchLogsRoleArn', 'CloudWatchLogsLogGroupArn'],
    ['CloudWatchLogsLogGroupArn', 'CloudWatchLogsRoleArn'],
  ])('where %s is null and %s is not', (absent, present) => {
    const document = documentWith({ [`states.settings.${absent}`]: null });

    expect(refusal(document)).toBe(`states.settings.${absent}: must be set, because ${present} is`);
  });

  test('if a multi-Region trail excludes global service events', () => {
    const document = documentWith({ 'states.settings.IncludeGlobalServiceEvents': false });

    expect(refusal(document)).toBe(
      'states.settings.IncludeGlobalServiceEvents: must be true, because IsMultiRegionTrail is',
    );
  });

  test.each([
    'schema',
    'trail',
    'version',
    'capturedAt',
    'capturedBy',
    'reason',
    'states',
    'policy',
    ...Object.keys(settings).map((field) => `states.settings.${field}`),
    'states.logging.IsLogging',
  ])('where %s is missing', (path) => {
    expect(refusal(documentWith({ [path]: undefined }))).toBe(`${path}: is missing`);
  });

  test.each([
    ['schema', 2],
    ['schema', '1'],
    ['schema', null],
    ['version', 0],
    ['version', -1],
    ['version', 1.5],
    ['version', '7'],
    ['capturedAt', 'yesterday'],
    ['capturedAt', '2026-11-22'],
    ['capturedBy', ''],
    ['reason', ''],
    ['trail', 7],
    ['states', []],
    ['states.settings', null],
    ['states.logging', true],
    ['states.settings.S3KeyPrefix', 5],
    ['states.settings.IncludeGlobalServiceEvents', 'true'],
    ['states.settings.IsMultiRegionTrail', null],
    ['states.settings.LogFileValidationEnabled', 1],
    ['states.settings.IsOrganizationTrail', 'false'],
    ['states.settings.RecursiveLogging', null],
    ['states.logging.IsLogging', 'true'],
    ['policy', null],
    ['policy.settings', 'repair'],
    ['policy.settings', null],
    ['policy.settings', 7],
    ['policy.tags', ['alert']],
  ])('where %s is %j', (path, value) => {
    expect(refusal(documentWith({ [path]: value }))).toMatch(startingWith(`${path}: `));
  });

  test.each([
    ['approved', 'document'],
    ['states.moonlight', 'states'],
    ['states.settings.Encrypted', 'states.settings'],
    ['states.logging.StopLoggingTime', 'states.logging'],
    ['policy.moonlight', 'policy'],
    ['states.constructor', 'states'],
    ['states.settings.toString', 'states.settings'],
    ['states.settings.__proto__', 'states.settings'],
    ['__proto__', 'document'],
  ])('where it has the unknown field %s', (path, parent) => {
    const field = path.split('.').at(-1);

    expect(refusal(documentWith({ [path]: {} }))).toBe(
      `${parent}: has fields that this version of trailkeeper does not know: ${field}`,
    );
  });

  test('where it has two unknown fields', () => {
    expect(refusal(documentWith({ approved: true, approvedBy: 'bob' }))).toBe(
      'document: has fields that this version of trailkeeper does not know: approved, approvedBy',
    );
  });

  test('if its policy names an unknown field', () => {
    const policy = { settings: { S3Bucket: 'alert' } };

    expect(refusal(documentWith({ policy }))).toBe(
      'policy.settings: has fields that this version of trailkeeper does not know: S3Bucket',
    );
  });

  test('if its policy has an unknown treatment', () => {
    const policy = { settings: { KmsKeyId: 'repair' } };

    expect(refusal(documentWith({ policy }))).toBe(
      'policy.settings: must be "restore", "approve", "approve-coverage-loss", "alert" or "ignore", for the kind or for each field named',
    );
  });

  test('if several fields are invalid, naming each of them', () => {
    const bad = {
      version: 0,
      trail: 'main',
      reason: undefined,
      'states.settings.S3BucketName': 'arn:aws:s3:::the-logs',
      'states.settings.S3KeyPrefix': '',
      'states.settings.IncludeGlobalServiceEvents': false,
      'states.logging.IsLogging': false,
    };

    const message = refusal(documentWith(bad));

    const named = message.split('; ').map((problem) => problem.slice(0, problem.indexOf(': ')));
    expect(named.toSorted()).toStrictEqual(Object.keys(bad).toSorted());
  });

  test.each(['', '{', 'undefined', "{'schema': 1}", '\ufeff{}', '{"schema":1}}'])(
    'if it is not JSON: %j',
    (document) => {
      expect(refusal(document)).toBe('the document is not JSON');
    },
  );

  test.each(['null', '[]', '1', '"text"', 'true', `${'['.repeat(1e5)}${']'.repeat(1e5)}`])(
    'if it is JSON but not an object (%#)',
    (document) => {
      expect(refusal(document)).toMatch(startingWith('document: '));
    },
  );

  test('with the error of the JSON parser as its cause', () => {
    const error = errorOf('{');

    expect(error?.cause).toBeInstanceOf(SyntaxError);
  });
});

describe('states that are not an object', () => {
  test.each([[[]], [null], ['x'], [7]])('are refused with the remedy: %j', (value) => {
    expect(() => parseStates(value, kinds)).toThrow(/^states: must be an object, by kind$/);
    expect(refusal(documentWith({ states: value }))).toBe('states: must be an object, by kind');
  });
});

describe('any document', () => {
  const anyJson = fc.oneof(fc.jsonValue(), fc.json().map(protoKeyed), fc.constantFrom(null, '', 0));
  const paths = ['', 'states.', 'states.settings.', 'states.logging.'].flatMap((prefix) =>
    [...Object.keys(baseline), ...Object.keys(settings), 'IsLogging', 'settings', 'extra'].map(
      (field) => prefix + field,
    ),
  );

  test('is read unchanged or refused with InvalidBaselineError', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      anyJson.map((value) => JSON.stringify(value)),
      fc.tuple(fc.constantFrom(...paths), anyJson).map(([path, v]) => documentWith({ [path]: v })),
    );

    fc.assert(
      fc.property(text, (document) => {
        const error = errorOf(document);

        if (error === null) {
          expect(parseBaseline(document, kinds)).toStrictEqual(JSON.parse(document));
        } else {
          expect(error).toBeInstanceOf(InvalidBaselineError);
        }
      }),
      { numRuns: runs(1000) },
    );
  });
});

const protoKeyed = (text: string): unknown =>
  Object.fromEntries([
    ['__proto__', JSON.parse(text)],
    ['constructor', text],
  ]);

const errorOf = (document: string): Error | null => {
  try {
    parseBaseline(document, kinds);
    return null;
  } catch (error) {
    return error as Error;
  }
};

const refusal = (document: string): string => {
  const error = errorOf(document);
  expect(error).toBeInstanceOf(InvalidBaselineError);
  return error?.message ?? '';
};

const startingWith = (text: string): RegExp => new RegExp(`^${text.replaceAll('.', '[.]')}`);
