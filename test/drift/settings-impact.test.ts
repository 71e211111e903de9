import { describe, expect, test } from 'vitest';
import { settings as kind } from '#drift/settings.ts';
import { diff } from '#text/diff.ts';
import { settings, trail } from '../support/baseline.ts';
import { bare, type Field, fieldOf, type Settings } from '../support/trail-settings.ts';

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

  test('says that a key was added', () => {
    const change = { path: 'KmsKeyId', desired: null, actual: theirs.KmsKeyId };

    expect(kind.impact(change, bare, settings).description).toMatch(
      /^a key that was not captured encrypts the log/,
    );
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

  test('a capture of a trail without a log group says nothing of one', () => {
    expect(kind.hardeningAdvice?.(bare, trail).join()).not.toContain('log group');
  });

  test('a capture of a trail with all settings has no warning', () => {
    expect(weaknesses({})).toEqual([]);
  });
});
