import { type LookupAttribute, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import { beforeAll, describe, expect, test } from 'vitest';
import { cloudtrail, context, eventually, newName, removeTrail, trailArn } from './fixtures.ts';

type EventRecord = {
  readonly eventName: string;
  readonly errorCode?: string;
  readonly requestParameters?: Readonly<Record<string, unknown>> | null;
  readonly responseElements?: unknown;
};

const name = newName();
const arn = trailArn(name);
const unknown = newName();
const calls = [
  'CreateTrail',
  'UpdateTrail',
  'PutEventSelectors',
  'PutInsightSelectors',
  'PutEventConfiguration',
  'AddTags',
  'RemoveTags',
  'StartLogging',
  'StopLogging',
  'DeleteTrail',
];
let records: readonly EventRecord[] = [];

/** Makes each call once and waits until event history has them all, which takes minutes on AWS. */
beforeAll(async () => {
  const StartTime = new Date();
  StartTime.setMilliseconds(0);
  const owner = { Key: 'owner', Value: 'security' };
  await cloudtrail.createTrail({
    Name: name,
    S3BucketName: context.bucket,
    S3KeyPrefix: 'logs',
    EnableLogFileValidation: true,
    TagsList: [owner],
  });
  try {
    await cloudtrail.updateTrail({ Name: arn, S3KeyPrefix: '', RecursiveLogging: false });
    await cloudtrail.putEventSelectors({
      TrailName: name,
      EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }],
    });
    await cloudtrail.putInsightSelectors({
      TrailName: name,
      InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }],
    });
    await cloudtrail.putEventConfiguration({ TrailName: name, AggregationConfigurations: [] });
    await cloudtrail.addTags({ ResourceId: arn, TagsList: [{ Key: 'stage', Value: 'test' }] });
    await cloudtrail.removeTags({ ResourceId: arn, TagsList: [owner] });
    await cloudtrail.startLogging({ Name: name });
    await cloudtrail.stopLogging({ Name: arn });
    await cloudtrail.getTrail({ Name: arn });
    await cloudtrail.stopLogging({ Name: unknown }).catch(() => {});
  } finally {
    await removeTrail(name);
  }
  records = await eventually(async () => {
    const found = await recordsSince(StartTime);
    expect(found.map(({ eventName }) => eventName)).toEqual(
      expect.arrayContaining([...calls, 'GetTrail']),
    );
    expect(found.map(failureOf)).toContain('TrailNotFoundException');
    return found;
  });
}, context.patienceMs + 120_000);

describe('a record of a call [S 01-16, version 1.08 and later]', () => {
  test.each(calls)('names the call and the Region and says that it was a write: %s', (call) => {
    expect(recordOf(call)).toMatchObject({
      eventVersion: expect.stringMatching(/^1\./),
      eventSource: 'cloudtrail.amazonaws.com',
      awsRegion: context.region,
      recipientAccountId: context.accountId,
      readOnly: false,
      managementEvent: true,
      eventCategory: 'Management',
      eventType: 'AwsApiCall',
      userIdentity: { type: expect.any(String) },
    });
  });

  test('has the input in lower camel case and ARN in capitals in the response [S 06]', () => {
    const { requestParameters, responseElements } = recordOf('CreateTrail');

    expect(requestParameters).toMatchObject({
      name,
      s3BucketName: context.bucket,
      enableLogFileValidation: true,
      tagsList: [{ key: 'owner', value: 'security' }],
    });
    expect(responseElements).toMatchObject({
      name,
      trailARN: arn,
      s3BucketName: context.bucket,
      logFileValidationEnabled: true,
      isMultiRegionTrail: false,
    });
  });

  test('has only the fields that were sent, the trail as typed and "" as "" [S 11]', () => {
    const { requestParameters, responseElements } = recordOf('UpdateTrail');

    expect(requestParameters).toEqual({ name: arn, s3KeyPrefix: '', recursiveLogging: false });
    expect(responseElements).toMatchObject({ trailARN: arn, s3BucketName: context.bucket });
  });

  test.each([
    ['StartLogging', name],
    ['StopLogging', arn],
    ['DeleteTrail', name],
  ])('has no response if the call has none: %s [S 01, 07, 14, 15]', (call, typed) => {
    expect(recordOf(call).requestParameters).toEqual({ name: typed });
    expect(recordOf(call).responseElements).toBeNull();
  });

  test('names the trail of event selectors trailName [S 10]', () => {
    const { requestParameters, responseElements } = recordOf('PutEventSelectors');

    expect(requestParameters).toMatchObject({
      trailName: name,
      eventSelectors: [{ readWriteType: 'WriteOnly', includeManagementEvents: true }],
    });
    expect(responseElements).toMatchObject({
      trailARN: arn,
      eventSelectors: [{ readWriteType: 'WriteOnly', includeManagementEvents: true }],
    });
  });

  test('names the trail of Insights selectors trailName [U: no record is public]', () => {
    expect(recordOf('PutInsightSelectors').requestParameters).toMatchObject({
      trailName: name,
      insightSelectors: [{ insightType: 'ApiCallRateInsight' }],
    });
  });

  test('names the trail of an event configuration trailName [U: no record is public]', () => {
    expect(recordOf('PutEventConfiguration').requestParameters).toMatchObject({ trailName: name });
  });

  test.each([
    ['AddTags', { key: 'stage', value: 'test' }],
    ['RemoveTags', { key: 'owner', value: 'security' }],
  ])('names the trail of tags resourceId: %s [U: no record is public]', (call, tag) => {
    expect(recordOf(call).requestParameters).toMatchObject({ resourceId: arn, tagsList: [tag] });
  });

  test('of a read says so and has no response [S 34; D: "Event history" holds reads and writes]', () => {
    const read = recordOf('GetTrail');

    expect(read).toMatchObject({
      readOnly: true,
      managementEvent: true,
      eventCategory: 'Management',
      requestParameters: { name: arn },
    });
    expect(read.responseElements ?? null).toBeNull();
  });

  test('that was refused has the error, its message and no response [S 04]', () => {
    const refused = records.find((record) => failureOf(record) !== undefined);

    expect(refused).toMatchObject({
      eventName: 'StopLogging',
      errorCode: 'TrailNotFoundException',
      errorMessage: `Unknown trail: ${trailArn(unknown)} for the user: ${context.accountId}`,
      requestParameters: { name: unknown },
      responseElements: null,
    });
  });
});

function recordOf(call: string): EventRecord {
  const found = records.find(
    (record) => record.eventName === call && failureOf(record) === undefined,
  );
  if (found === undefined) throw new Error(`no record of ${call}`);
  return found;
}

function failureOf({ errorCode }: EventRecord): string | undefined {
  return errorCode;
}

describe('an event of a call [I: published answers of lookup-events]', () => {
  test.each([name, arn])('is found by the trail as it was typed: %s', async (ResourceName) => {
    const found = await eventsBy({ AttributeKey: 'ResourceName', AttributeValue: ResourceName });

    const expected = ResourceName === name ? 'StartLogging' : 'UpdateTrail';
    expect(found.find(({ EventName }) => EventName === expected)?.Resources).toContainEqual({
      ResourceType: 'AWS::CloudTrail::Trail',
      ResourceName,
    });
  });

  test('is found by the type of the resource', async () => {
    const found = await eventsBy({
      AttributeKey: 'ResourceType',
      AttributeValue: 'AWS::CloudTrail::Trail',
    });

    const names = found.flatMap(({ Resources = [] }) => Resources).map((one) => one.ResourceName);
    expect(names).toEqual(expect.arrayContaining([name, arn]));
  });
});

async function eventsBy(attribute: LookupAttribute) {
  const { Events = [] } = await cloudtrail.lookupEvents({ LookupAttributes: [attribute] });
  return Events;
}

async function recordsSince(StartTime: Date): Promise<EventRecord[]> {
  const LookupAttributes = [
    { AttributeKey: 'EventSource' as const, AttributeValue: 'cloudtrail.amazonaws.com' },
  ];
  const found: EventRecord[] = [];
  for await (const { Events = [] } of paginateLookupEvents(
    { client: cloudtrail },
    { LookupAttributes, StartTime },
  )) {
    found.push(...Events.map(({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent)));
  }
  return found.filter(({ requestParameters }) => {
    const { name: typed, trailName, resourceId } = requestParameters ?? {};
    return [name, arn, unknown].includes(String(typed ?? trailName ?? resourceId));
  });
}
