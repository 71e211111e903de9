import { describe, expect, onTestFinished, test } from 'vitest';
import { context, kms, logs, newName, ownKey } from './fixtures.ts';
import { refusal } from './refusal.ts';

// [M] Amazon CloudWatch Logs API reference.

describe('a new log group', () => {
  test('has no retention, no key and no filters [M: LogGroup]', async () => {
    const logGroupName = await ownGroup();

    const group = await describeGroup(logGroupName);

    expect(group).toMatchObject({ logGroupName, arn: `${arnOf(logGroupName)}:*` });
    expect([group?.retentionInDays, group?.kmsKeyId]).toEqual([undefined, undefined]);
    expect(group?.metricFilterCount).toBe(0);
    expect((await logs.describeSubscriptionFilters({ logGroupName })).subscriptionFilters).toEqual(
      [],
    );
  });

  test('can be given tags', async () => {
    const tags = { owner: 'security' };
    const logGroupName = await ownGroup({ tags });
    const resourceArn = arnOf(logGroupName);

    await logs.tagResource({ resourceArn, tags: { team: 'red', stage: 'one' } });
    await logs.untagResource({ resourceArn, tagKeys: ['team'] });

    expect((await logs.listTagsForResource({ resourceArn })).tags).toEqual({
      ...tags,
      stage: 'one',
    });
  });
});

describe('the retention of a log group [M: PutRetentionPolicy]', () => {
  test('is set and removed', async () => {
    const logGroupName = await ownGroup();

    await logs.putRetentionPolicy({ logGroupName, retentionInDays: 365 });
    const put = await describeGroup(logGroupName);
    await logs.deleteRetentionPolicy({ logGroupName });

    expect(put?.retentionInDays).toBe(365);
    expect((await describeGroup(logGroupName))?.retentionInDays).toBeUndefined();
  });

  test('is one of some values', async () => {
    const logGroupName = await ownGroup();

    await refusal(
      logs.putRetentionPolicy({ logGroupName, retentionInDays: 2 }),
      'InvalidParameterException',
    );
  });
});

test('a log group says whether it has, or had, a data protection policy [M: LogGroup, PutDataProtectionPolicy]', async () => {
  const logGroupName = await ownGroup();
  const DataIdentifier = ['arn:aws:dataprotection::aws:data-identifier/IpAddress'];
  const policyDocument = JSON.stringify({
    ...{ Name: 'mask', Version: '2021-06-01' },
    Statement: [
      { Sid: 'audit', DataIdentifier, Operation: { Audit: { FindingsDestination: {} } } },
      { Sid: 'mask', DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
    ],
  });
  const status = async () => (await describeGroup(logGroupName))?.dataProtectionStatus;
  const before = await status();

  await logs.putDataProtectionPolicy({ logGroupIdentifier: logGroupName, policyDocument });
  const put = await status();
  await logs.deleteDataProtectionPolicy({ logGroupIdentifier: logGroupName });

  expect([before, put, await status()]).toEqual([undefined, 'ACTIVATED', 'DELETED']);
});

test('a key that does not exist is refused [M: AssociateKmsKey]', async () => {
  const logGroupName = await ownGroup();
  const kmsKeyId = `arn:aws:kms:${context.region}:${context.accountId}:key/00000000-0000-4000-8000-ffffffffffff`;

  await refusal(logs.associateKmsKey({ logGroupName, kmsKeyId }), 'InvalidParameterException');
});

test('a key that is disabled is refused [M: AssociateKmsKey]', async () => {
  const logGroupName = await ownGroup();
  const { arn: kmsKeyId } = await ownKey();
  await kms.disableKey({ KeyId: kmsKeyId });

  await refusal(logs.associateKmsKey({ logGroupName, kmsKeyId }), 'InvalidParameterException');
});

describe('a metric filter', () => {
  test('is returned as it was put, and replaced by name [M: PutMetricFilter, DescribeMetricFilters]', async () => {
    const logGroupName = await ownGroup();
    const metricTransformations = [
      { metricName: 'StopLogging', metricNamespace: context.run, metricValue: '1' },
    ];
    const filter = { logGroupName, filterName: 'stopped', metricTransformations };

    await logs.putMetricFilter({ ...filter, filterPattern: 'another' });
    await logs.putMetricFilter({ ...filter, filterPattern: '{ $.eventName = "StopLogging" }' });

    const { metricFilters } = await logs.describeMetricFilters({ logGroupName });
    expect(metricFilters).toMatchObject([
      { ...filter, filterPattern: '{ $.eventName = "StopLogging" }' },
    ]);
    expect((await describeGroup(logGroupName))?.metricFilterCount).toBe(1);
  });

  test('that does not exist cannot be deleted [M: DeleteMetricFilter]', async () => {
    const logGroupName = await ownGroup();

    await refusal(
      logs.deleteMetricFilter({ logGroupName, filterName: 'unknown' }),
      'ResourceNotFoundException',
    );
  });

  test('is deleted with the log group', async () => {
    const logGroupName = await ownGroup();
    const metric = { metricName: 'x', metricNamespace: context.run, metricValue: '1' };
    await logs.putMetricFilter({
      logGroupName,
      filterName: 'one',
      filterPattern: '',
      metricTransformations: [metric],
    });
    await logs.deleteLogGroup({ logGroupName });
    await refusal(logs.describeMetricFilters({ logGroupName }), 'ResourceNotFoundException');

    await logs.createLogGroup({ logGroupName });

    expect((await logs.describeMetricFilters({ logGroupName })).metricFilters).toEqual([]);
  });
});

test('a subscription filter that does not exist cannot be deleted [M: DeleteSubscriptionFilter]', async () => {
  const logGroupName = await ownGroup();

  await refusal(
    logs.deleteSubscriptionFilter({ logGroupName, filterName: 'unknown' }),
    'ResourceNotFoundException',
  );
});

test('a log group that does not exist cannot be changed [M: ResourceNotFoundException]', async () => {
  const logGroupName = newName();
  const error = 'ResourceNotFoundException';

  await refusal(logs.putRetentionPolicy({ logGroupName, retentionInDays: 1 }), error);
  await refusal(logs.deleteRetentionPolicy({ logGroupName }), error);
  await refusal(logs.describeSubscriptionFilters({ logGroupName }), error);
  await refusal(logs.listTagsForResource({ resourceArn: arnOf(logGroupName) }), error);
});

/** Creates a log group for one test. */
async function ownGroup(input: { tags?: Record<string, string> } = {}): Promise<string> {
  const logGroupName = newName();
  await logs.createLogGroup({ logGroupName, ...input });
  onTestFinished(async () => {
    await logs.deleteLogGroup({ logGroupName });
  });
  return logGroupName;
}

async function describeGroup(logGroupNamePrefix: string) {
  const { logGroups = [] } = await logs.describeLogGroups({ logGroupNamePrefix });
  return logGroups.find(({ logGroupName }) => logGroupName === logGroupNamePrefix);
}

const arnOf = (name: string): string =>
  `arn:aws:logs:${context.region}:${context.accountId}:log-group:${name}`;
