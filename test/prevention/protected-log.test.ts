import { expect, test } from 'vitest';
import { ofMembers, protectedLog } from '#prevention/protected-log.ts';
import { baseline, settings, states } from '../support/baseline.ts';

const withSettings = (changes: object, more: object = {}) => ({
  ...baseline,
  states: { ...states, settings: { ...settings, ...changes }, ...more },
});
const bucketOf = (Owner: string | null) => ({ bucket: { ...states.bucket, Owner } });

test('the log of a trail is its resources with their accounts, and its log files', () => {
  const account = '111122223333';

  expect(protectedLog([baseline])).toMatchObject({
    partition: 'aws',
    account,
    isOfOrganization: true,
    resources: [
      { kind: 'bucket', arn: 'arn:aws:s3:::the-logs', account: '222233334444' },
      { kind: 'key', arn: settings.KmsKeyId, account },
      { kind: 'topic', arn: settings.SnsTopicARN, account },
      {
        ...{ kind: 'log-group', account },
        arn: 'arn:aws:logs:eu-central-1:111122223333:log-group:trail',
      },
      { kind: 'log-role', arn: settings.CloudWatchLogsRoleArn, account },
      {
        ...{ kind: 'alarms', account },
        arn: 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:root',
      },
    ],
    logFiles: ['arn:aws:s3:::the-logs/org/AWSLogs/*/CloudTrail*'],
  });
});

test('a trail may need nothing but its bucket', () => {
  const none = {
    ...{ KmsKeyId: null, SnsTopicARN: null },
    ...{ CloudWatchLogsLogGroupArn: null, CloudWatchLogsRoleArn: null },
  };

  expect(protectedLog([withSettings(none, { alarms: { Alarms: null } })]).resources).toMatchObject([
    { kind: 'bucket' },
  ]);
});

test('log files are at the top of a bucket without a prefix', () => {
  const { logFiles } = protectedLog([withSettings({ S3KeyPrefix: null })]);

  expect(logFiles).toEqual(['arn:aws:s3:::the-logs/AWSLogs/*/CloudTrail*']);
});

test('a bucket whose owner was not captured has none', () => {
  for (const bucket of [bucketOf(null), { bucket: undefined }]) {
    const [first] = protectedLog([withSettings({}, bucket) as never]).resources;
    expect(first).toMatchObject({ kind: 'bucket', account: null });
  }
});

test('trails that share resources have them once', () => {
  const log = protectedLog([baseline]);

  expect(protectedLog([baseline, baseline])).toEqual(log);
  const { resources, logFiles } = protectedLog([baseline, withSettings({ S3KeyPrefix: 'b' })]);
  expect(resources).toEqual(log.resources);
  expect(logFiles).toHaveLength(2);
});

test('the part in member accounts has the log files of the buckets that are there', () => {
  const own = withSettings({ S3BucketName: 'own' }, bucketOf('111122223333'));
  const unknown = withSettings({ S3BucketName: 'own-2' }, bucketOf(null));

  const { resources, logFiles } = ofMembers(protectedLog([baseline, own, unknown]));

  const buckets = ['arn:aws:s3:::the-logs', 'arn:aws:s3:::own-2'];
  expect(resources.map(({ arn }) => arn)).toEqual(buckets);
  expect(logFiles).toEqual(buckets.map((arn) => `${arn}/org/AWSLogs/*/CloudTrail*`));
});

test('no baseline is an error', () => {
  expect(() => protectedLog([])).toThrow(RangeError);
});
