import { describe, expect, test } from 'vitest';
import { aggregation } from '#drift/aggregation.ts';
import { delivery } from '#drift/delivery.ts';
import { eventSelectors } from '#drift/event-selectors.ts';
import { kinds } from '#drift/index.ts';
import { insightSelectors } from '#drift/insight-selectors.ts';
import type { DriftKind } from '#drift/kind.ts';
import { logging } from '#drift/logging.ts';
import { organization } from '#drift/organization.ts';
import { settings as settingsKind } from '#drift/settings.ts';
import { tags } from '#drift/tags.ts';
import { organization as organizationId, settings, states, trail } from '../support/baseline.ts';
import { call } from '../support/recorded-calls.ts';

// What the records of event history say of each kind's state, beside what the sandbox plays in `test/gaps/no-op.test.ts`.

/** What a recorded call did to a state: the desired one of `baseline`, unless another is given. */
function effectOf(
  kind: DriftKind,
  [eventName, parameters, response]: readonly [string, (object | null)?, object?],
  before: object = states[kind.name as keyof typeof states],
) {
  const made = call({
    ...{ seconds: 0, eventName, ...(response && { response }) },
    parameters: parameters === undefined ? {} : parameters,
  });
  return kind.historyModel.applyCall(made, before, trail);
}

/** The events that are lost if one field of the desired state changes. */
function lossOf(kind: DriftKind, path: string, desired: object, actual: object) {
  const of = (state: object) => Reflect.get(state, path) as null;
  const change = { path, desired: of(desired), actual: of(actual) };
  return kind.historyModel.coverageLoss?.(change, desired, actual) ?? null;
}

const omitted = { omitted: true };

describe('the record of a call about aggregation', () => {
  const by = (...Templates: string[]) => ({
    AggregationConfigurations: Templates.length === 0 ? [] : [{ EventCategory: 'Data', Templates }],
  });
  const requested = {
    aggregationConfigurations: [{ eventCategory: 'Data', templates: ['B', 'A'] }],
  };

  test('has the new configurations, in the response if there is one', () => {
    const none = { aggregationConfigurations: [] };

    expect(effectOf(aggregation, ['PutEventConfiguration', requested])).toEqual({
      set: by('A', 'B'),
    });
    expect(effectOf(aggregation, ['PutEventConfiguration', omitted, requested])).toEqual({
      set: by('A', 'B'),
    });
    expect(effectOf(aggregation, ['PutEventConfiguration', requested, none])).toEqual({
      set: by(),
    });
  });

  test.each([omitted, {}, { aggregationConfigurations: [{}] }, { aggregationConfigurations: 'x' }])(
    'leaves them open if it is %j',
    (parameters) => {
      expect(effectOf(aggregation, ['PutEventConfiguration', parameters])).toEqual({
        ...{ set: {}, indeterminate: ['AggregationConfigurations'] },
      });
    },
  );

  test('is of no other call', () => {
    expect(effectOf(aggregation, ['PutEventSelectors', requested])).toBe(null);
  });

  test('loses aggregated events if a template is gone, everywhere', () => {
    const loss = {
      ...{ scope: 'everywhere', events: ['aggregated'], stopsDigestFiles: false, elsewhere: null },
    };
    const lost = (desired: object, actual: object) =>
      lossOf(aggregation, 'AggregationConfigurations', desired, actual);

    expect(lost(by('A', 'B'), by('A'))).toEqual(loss);
    expect(lost(by('A'), by())).toEqual(loss);
    expect(lost(by('A'), by('A', 'B'))).toBe(null);
  });

  test('covers aggregated events only with a configuration', () => {
    const { coverage, newTrailState } = aggregation.historyModel;

    expect(newTrailState).toEqual(by());
    expect(coverage?.(by())).toEqual({ events: [] });
    expect(coverage?.(by('A'))).toEqual({ events: ['aggregated'] });
  });
});

describe('the record of a call about Insights', () => {
  const watching = (
    ...InsightSelectors: readonly { InsightType: string; EventCategories: string[] }[]
  ) => ({
    InsightSelectors,
  });
  const calls = { InsightType: 'ApiCallRateInsight', EventCategories: ['Management'] };
  const errors = { InsightType: 'ApiErrorRateInsight', EventCategories: ['Management'] };

  test('has the new selectors, which are of management events without a category', () => {
    const requested = { insightSelectors: [{ insightType: 'ApiCallRateInsight' }] };

    expect(effectOf(insightSelectors, ['PutInsightSelectors', requested])).toEqual({
      set: watching(calls),
    });
    expect(effectOf(insightSelectors, ['PutInsightSelectors', omitted, requested])).toEqual({
      set: watching(calls),
    });
    expect(effectOf(insightSelectors, ['PutEventSelectors', requested])).toBe(null);
  });

  test.each([omitted, {}, { insightSelectors: [1] }])(
    'leaves them open if it is %j',
    (parameters) => {
      expect(effectOf(insightSelectors, ['PutInsightSelectors', parameters])).toEqual({
        ...{ set: {}, indeterminate: ['InsightSelectors'] },
      });
    },
  );

  test('loses Insights if one is gone, everywhere', () => {
    const loss = {
      ...{ scope: 'everywhere', events: ['Insights'], stopsDigestFiles: false, elsewhere: null },
    };
    const lost = (desired: object, actual: object) =>
      lossOf(insightSelectors, 'InsightSelectors', desired, actual);

    expect(lost(watching(calls, errors), watching(calls))).toEqual(loss);
    expect(lost(watching(calls), watching())).toEqual(loss);
    expect(lost(watching(calls), watching(calls, errors))).toBe(null);
  });

  test('covers Insights only with a selector', () => {
    const { coverage, newTrailState } = insightSelectors.historyModel;

    expect(newTrailState).toEqual(watching());
    expect(coverage?.(watching())).toEqual({ events: [] });
    expect(coverage?.(watching(errors))).toEqual({ events: ['Insights'] });
  });
});

describe('the record of a call about event selectors', () => {
  const basic = (change: object = {}) => ({
    EventSelectors: [
      {
        ...{ ReadWriteType: 'All', IncludeManagementEvents: true },
        ...{ DataResources: [], ExcludeManagementEventSources: [] },
        ...change,
      },
    ],
    AdvancedEventSelectors: null,
  });
  const data = { DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }] };

  test('has the new selectors, with the defaults of what it leaves out', () => {
    const set = basic({ ReadWriteType: 'ReadOnly' });
    const requested = { eventSelectors: [{ readWriteType: 'ReadOnly' }] };

    expect(effectOf(eventSelectors, ['PutEventSelectors', requested])).toEqual({ set });
    expect(effectOf(eventSelectors, ['PutEventSelectors', omitted, requested])).toEqual({ set });
    expect(effectOf(eventSelectors, ['PutInsightSelectors', requested])).toBe(null);
  });

  test.each([omitted, {}, { eventSelectors: [] }, { advancedEventSelectors: [] }])(
    'leaves both kinds of selectors open if it is %j',
    (parameters) => {
      expect(effectOf(eventSelectors, ['PutEventSelectors', parameters])).toEqual({
        ...{ set: {}, indeterminate: ['EventSelectors', 'AdvancedEventSelectors'] },
      });
    },
  );

  test('loses the kinds of events that are no longer selected', () => {
    const lost = (desired: object, actual: object, path = 'EventSelectors') =>
      lossOf(eventSelectors, path, desired, actual);

    expect(lost(basic(data), basic())).toEqual({
      ...{ scope: 'everywhere', events: ['data'], stopsDigestFiles: false, elsewhere: null },
    });
    expect(lost(basic(), basic({ ...data, ReadWriteType: 'WriteOnly' }))?.events).toEqual([
      'management',
    ]);
    expect(lost(basic(), basic(data))).toBe(null);
  });

  test('loses nothing by selectors of the kind that the baseline does not have', () => {
    const advanced = states['event-selectors'];

    expect(lossOf(eventSelectors, 'EventSelectors', advanced, basic())).toBe(null);
    expect(lossOf(eventSelectors, 'AdvancedEventSelectors', advanced, basic())?.events).toEqual([
      'data',
    ]);
  });

  test('covers the kinds of events that are selected', () => {
    const { coverage } = eventSelectors.historyModel;

    expect(coverage?.(basic(data) as never)).toEqual({ events: ['management', 'data'] });
  });
});

describe('the record of a call about tags', () => {
  const owner = { Key: 'owner', Value: 'security' };

  test.each<[string, object | null, object[]]>([
    ['AddTags', { tagsList: [{ key: 'a', value: 'b' }] }, [{ Key: 'a', Value: 'b' }, owner]],
    ['AddTags', { tagsList: [{ key: 'owner', value: 'x' }] }, [{ Key: 'owner', Value: 'x' }]],
    ['AddTags', { tagsList: [{ key: 'a' }] }, [{ Key: 'a', Value: '' }, owner]],
    ['AddTags', { tagsList: [{ key: 'aws:a', value: 'b' }] }, [owner]],
    ['RemoveTags', { tagsList: [{ key: 'owner' }] }, []],
    ['RemoveTags', { tagsList: [{ key: 'another' }] }, [owner]],
    ['CreateTrail', { tagsList: [{ key: 'a', value: 'b' }] }, [{ Key: 'a', Value: 'b' }, owner]],
    ['CreateTrail', {}, [owner]],
    ['CreateTrail', { tagsList: null }, [owner]],
  ])('%s of %j has the tags that the trail has then', (eventName, parameters, TagsList) => {
    expect(effectOf(tags, [eventName, parameters])).toEqual({ set: { TagsList } });
  });

  test.each(['AddTags', 'RemoveTags', 'CreateTrail'])(
    '%s leaves them open if it is cut',
    (name) => {
      for (const parameters of [null, omitted, { tagsList: 'x' }, { tagsList: [{ value: 'x' }] }]) {
        expect(effectOf(tags, [name, parameters])).toEqual({
          set: {},
          indeterminate: ['TagsList'],
        });
      }
    },
  );

  test('is of no other call, and loses no events', () => {
    expect(effectOf(tags, ['UpdateTrail', { tagsList: [] }])).toBe(null);
    expect(lossOf(tags, 'TagsList', states.tags, { TagsList: [] })).toBe(null);
  });
});

describe('the record of a call about the organization', () => {
  const [one, other] = ['222233334444', '333344445555'];
  const cloudTrail = 'cloudtrail.amazonaws.com';

  test.each([
    ['EnableAWSServiceAccess', true],
    ['DisableAWSServiceAccess', false],
  ])('%s says whether CloudTrail has trusted access: %s', (eventName, TrustedAccess) => {
    const of = (servicePrincipal: string) =>
      effectOf(organization, [eventName, { servicePrincipal }]);

    expect(of(cloudTrail)).toEqual({ set: { TrustedAccess } });
    expect(of('config.amazonaws.com')).toBe(null);
    expect(effectOf(organization, [eventName, null])).toEqual({
      ...{ set: {}, indeterminate: ['TrustedAccess'] },
    });
  });

  test.each<[string, string, string[], string[]]>([
    ['RegisterDelegatedAdministrator', 'accountId', [one], [one, other]],
    ['RegisterOrganizationDelegatedAdmin', 'memberAccountId', [one], [one, other]],
    ['RegisterOrganizationDelegatedAdmin', 'memberAccountId', [one, other], [one, other]],
    ['DeregisterDelegatedAdministrator', 'accountId', [one, other], [one]],
    ['DeregisterOrganizationDelegatedAdmin', 'delegatedAdminAccountId', [one, other], [one]],
    ['DeregisterOrganizationDelegatedAdmin', 'delegatedAdminAccountId', [one], [one]],
  ])('%s names the administrator as %s', (eventName, member, before, then) => {
    const from = { ...states.organization, DelegatedAdministrators: before };

    expect(effectOf(organization, [eventName, { [member]: other }], from)).toEqual({
      set: { DelegatedAdministrators: then },
    });
    for (const parameters of [null, {}]) {
      expect(effectOf(organization, [eventName, parameters], from)).toEqual({
        ...{ set: {}, indeterminate: ['DelegatedAdministrators'] },
      });
    }
  });

  test('CreateServiceLinkedRole and DeleteServiceLinkedRole count if they are of CloudTrail', () => {
    const created = (parameters: object | null, before?: object) =>
      effectOf(organization, ['CreateServiceLinkedRole', parameters], before);
    const deleted = (parameters: object | null) =>
      effectOf(organization, ['DeleteServiceLinkedRole', parameters]);

    expect(created({ aWSServiceName: cloudTrail })).toEqual({
      set: { ServiceLinkedRole: 'there' },
    });
    expect(created({ aWSServiceName: 'ecs.amazonaws.com' })).toBe(null);
    const unprotected = { ...states.organization, ServiceLinkedRole: null };
    expect(created({ aWSServiceName: cloudTrail }, unprotected)).toBe(null);
    const open = { set: {}, indeterminate: ['ServiceLinkedRole'] };
    expect(deleted({ roleName: 'AWSServiceRoleForCloudTrail' })).toEqual(open);
    expect(deleted(null)).toEqual(open);
    expect(deleted({ roleName: 'AWSServiceRoleForECS' })).toBe(null);
  });

  test('is of no other call', () => {
    expect(effectOf(organization, ['CreateAccount', { accountId: other }])).toBe(null);
  });

  test('loses the events of member accounts without trusted access, with their digest files', () => {
    const { organization: desired } = states;
    const lost = (change: object, wanted: object = desired) =>
      lossOf(organization, Object.keys(change)[0] ?? '', wanted, { ...desired, ...change });

    expect(lost({ TrustedAccess: false })).toEqual({
      ...{ scope: 'member accounts', events: null, stopsDigestFiles: true, elsewhere: null },
    });
    expect(lost({ TrustedAccess: true }, { ...desired, TrustedAccess: false })).toBe(null);
    expect(lost({ DelegatedAdministrators: [] })).toBe(null);
  });
});

test('a trail that does not log loses every event, and its digest files', () => {
  const [on, off] = [true, false].map((IsLogging) => ({ IsLogging }));

  expect(logging.historyModel.newTrailState).toEqual(off);
  expect(effectOf(logging, ['StopLogging', {}])).toEqual({ set: off });
  expect(effectOf(logging, ['StartLogging', {}])).toEqual({ set: on });
  expect(effectOf(logging, ['UpdateTrail', {}])).toBe(null);
  expect(lossOf(logging, 'IsLogging', states.logging, { IsLogging: false })).toEqual({
    ...{ scope: 'everywhere', events: null, stopsDigestFiles: true, elsewhere: null },
  });
});

describe('the record of a call about settings', () => {
  const names = Object.keys(settings);
  const arns = {
    topic: 'arn:aws:sns:eu-central-1:111122223333:theirs',
    logGroup: 'arn:aws:logs:eu-central-1:111122223333:log-group:theirs',
  };

  test.each<[object, object]>([
    [{ s3BucketName: 'theirs' }, { S3BucketName: 'theirs' }],
    [{ s3KeyPrefix: '' }, { S3KeyPrefix: null }],
    [{ s3KeyPrefix: null }, {}],
    [{ s3KeyPrefix: arns.logGroup }, { S3KeyPrefix: arns.logGroup }],
    [{ snsTopicName: 'theirs' }, { SnsTopicARN: arns.topic }],
    [{ snsTopicName: arns.topic }, { SnsTopicARN: arns.topic }],
    [
      { cloudWatchLogsLogGroupArn: arns.logGroup },
      { CloudWatchLogsLogGroupArn: `${arns.logGroup}:*` },
    ],
    [
      { cloudWatchLogsRoleArn: 'arn:aws:iam::1:role/x' },
      { CloudWatchLogsRoleArn: 'arn:aws:iam::1:role/x' },
    ],
    [{ kmsKeyId: settings.KmsKeyId }, { KmsKeyId: settings.KmsKeyId }],
    [{ kmsKeyId: '' }, { KmsKeyId: null }],
    [{ isMultiRegionTrail: false }, { IsMultiRegionTrail: false }],
    [{ enableLogFileValidation: true }, { LogFileValidationEnabled: true }],
  ])('%j has the settings that were written', (parameters, set) => {
    expect(effectOf(settingsKind, ['UpdateTrail', parameters])).toEqual({
      ...{ set, indeterminate: [], shown: {} },
    });
  });

  test.each<[object, string]>([
    [{ kmsKeyId: 'alias/theirs' }, 'KmsKeyId'],
    [{ isMultiRegionTrail: 'false' }, 'IsMultiRegionTrail'],
    [{ s3BucketName: 1 }, 'S3BucketName'],
  ])('%j leaves the new value of the setting open', (parameters, field) => {
    expect(effectOf(settingsKind, ['UpdateTrail', parameters])).toEqual({
      ...{ set: {}, indeterminate: [field], shown: {} },
    });
  });

  test('shows every setting in the response: those that were written, and the others', () => {
    const response = {
      ...{ s3BucketName: 'the-logs', isMultiRegionTrail: true, kmsKeyId: settings.KmsKeyId },
      cloudWatchLogsLogGroupArn: arns.logGroup,
    };
    const { set, indeterminate, shown } =
      effectOf(settingsKind, ['UpdateTrail', { kmsKeyId: 'alias/theirs' }, response]) ?? {};

    expect(set).toEqual({ KmsKeyId: settings.KmsKeyId });
    expect(indeterminate).toEqual([]);
    expect(shown).toEqual({
      ...{ S3BucketName: 'the-logs', IsMultiRegionTrail: true },
      CloudWatchLogsLogGroupArn: `${arns.logGroup}:*`,
      ...{ S3KeyPrefix: null, SnsTopicARN: null, CloudWatchLogsRoleArn: null },
    });
  });

  test('without a request has the settings of the response, and leaves the rest open', () => {
    const response = { s3BucketName: 'theirs', isMultiRegionTrail: false };
    const {
      set,
      indeterminate = [],
      shown,
    } = effectOf(settingsKind, ['UpdateTrail', null, response]) ?? {};

    expect(set).toMatchObject({ S3BucketName: 'theirs', IsMultiRegionTrail: false });
    expect([...Object.keys(set ?? {}), ...indeterminate].toSorted()).toEqual(names.toSorted());
    expect(indeterminate).toContain('IsOrganizationTrail');
    expect(shown).toBeUndefined();
    const { indeterminate: all } =
      effectOf(settingsKind, ['UpdateTrail', null, { name: 'x' }]) ?? {};
    expect(new Set(all)).toEqual(new Set(names));
  });

  test('is of calls that write settings', () => {
    expect(effectOf(settingsKind, ['CreateTrail', { s3BucketName: 'x' }])?.set).toEqual({
      S3BucketName: 'x',
    });
    expect(effectOf(settingsKind, ['DeleteTrail', { s3BucketName: 'x' }])).toBe(null);
  });

  test.each<[object, string | null, boolean]>([
    [{ IsMultiRegionTrail: false }, 'other Regions', true],
    [{ IsOrganizationTrail: false }, 'member accounts', true],
    [{ IncludeGlobalServiceEvents: false }, 'global services', false],
    [{ LogFileValidationEnabled: false }, 'everywhere', true],
    [{ S3BucketName: 'theirs' }, 'everywhere', false],
    [{ CloudWatchLogsRoleArn: 'arn:aws:iam::1:role/x' }, 'everywhere', false],
    [{ CloudWatchLogsRoleArn: null, CloudWatchLogsLogGroupArn: null }, null, false],
  ])('of a change to %j loses events %s; digest files stop: %s', (change, scope, stops) => {
    const path = Object.keys(change)[0] ?? '';
    const loss = lossOf(settingsKind, path, settings, { ...settings, ...change });

    expect(loss?.scope ?? null).toBe(scope);
    expect(loss?.stopsDigestFiles ?? false).toBe(stops);
  });

  test('of a trail that is gone loses nothing by one setting', () => {
    const change = { path: '', desired: settings, actual: null };

    expect(settingsKind.historyModel.coverageLoss?.(change, settings, settings)).toBe(null);
  });

  test('covers Regions, accounts and digest files as the settings say', () => {
    for (const flag of [true, false]) {
      const state = { ...settings, LogFileValidationEnabled: flag, IsMultiRegionTrail: flag };

      expect(settingsKind.historyModel.coverage?.(state)).toEqual({
        ...{ isMultiRegion: flag, isOrganization: true, hasDigestFiles: flag },
      });
    }
  });
});

describe('the record of a call about delivery', () => {
  const files = ['LatestDeliveryError', 'LatestDigestDeliveryError', 'NotDeliveredSince'];
  const logs = ['LatestCloudWatchLogsDeliveryError'];
  const notifications = ['LatestNotificationError'];
  const all = [...files, ...logs, ...notifications];

  test.each<[object, readonly string[]]>([
    [{ s3BucketName: 'theirs' }, files],
    [{ s3KeyPrefix: 'theirs' }, files],
    [{ kmsKeyId: 'theirs' }, files],
    [{ isOrganizationTrail: true }, [...files, ...logs]],
    [{ enableLogFileValidation: true }, ['LatestDigestDeliveryError']],
    [{ cloudWatchLogsLogGroupArn: 'theirs' }, logs],
    [{ cloudWatchLogsRoleArn: 'theirs' }, logs],
    [{ snsTopicName: 'theirs' }, notifications],
  ])('UpdateTrail with %j leaves those deliveries open that depend on it', (parameters, fields) => {
    expect(openAfter('UpdateTrail', parameters)).toEqual(new Set(fields));
  });

  /** The calls after which a dependency is checked, as far as they decide who may write to it. */
  const callsOn = (name: string, isAbout: RegExp): readonly string[] =>
    kinds
      .filter((kind) => kind.name === name)
      .flatMap(({ triggers }) => triggers.flatMap(({ eventNames }) => eventNames))
      .filter((eventName) => isAbout.test(eventName));

  test.each<[destination: string, isAbout: RegExp, readonly string[]]>([
    ['bucket', /^(Create|Delete)Bucket$|BucketPolicy$/, files],
    ['key', /^(?!.*Rotation)/, files],
    [
      'topic',
      /^(?!.*(Subscribe|Subscription|Unsubscribe|TagResource|UntagResource))/,
      notifications,
    ],
    ['log-group', /^(Create|Delete)LogGroup$/, logs],
    ['log-role', /./, logs],
  ])('each call on the %s leaves the deliveries to it open', (destination, isAbout, fields) => {
    const found = callsOn(destination, isAbout);

    expect(found.length).toBeGreaterThan(1);
    for (const name of found) expect(openAfter(name, {}), name).toEqual(new Set(fields));
  });

  test('CreateTrail leaves every delivery open', () => {
    expect(openAfter('CreateTrail', {})).toEqual(new Set(all));
  });

  test('UpdateTrail that is cut leaves every delivery open, and one without such a setting none', () => {
    expect(openAfter('UpdateTrail', null)).toEqual(new Set(all));
    expect(effectOf(delivery, ['UpdateTrail', { isMultiRegionTrail: true, kmsKeyId: null }])).toBe(
      null,
    );
    expect(effectOf(delivery, ['StopLogging', { kmsKeyId: 'x' }])).toBe(null);
  });

  test('delays log files, and loses nothing else', () => {
    const { delivery: healthy } = states;
    for (const field of all) {
      const loss = lossOf(delivery, field, healthy, { ...healthy, [field]: 'AccessDenied' });
      const isLate = ['LatestDeliveryError', 'NotDeliveredSince'].includes(field);

      expect(loss?.elsewhere ?? '').toMatch(isLate ? /retries delivery for 30 days/ : /^$/);
      expect(loss === null).toBe(!isLate);
    }
  });

  test('may have stopped log files if it changed who may write to the bucket', () => {
    const { uncertainty } = delivery.historyModel;
    const of = (eventName: string, field = 'LatestDeliveryError') =>
      uncertainty?.(field, call({ seconds: 0, eventName, parameters: {} })) ?? null;

    for (const name of ['CreateBucket', 'PutBucketPolicy', 'DeleteBucketPolicy']) {
      expect(of(name)).toMatchObject({
        description: expect.stringContaining('delivery may have failed'),
        coverageLoss: { scope: 'everywhere' },
      });
      expect(of(name, 'LatestDigestDeliveryError')).toBe(null);
    }
    expect(of('DisableKey')).toBe(null);
  });

  test.each<[string, object | null, object, boolean | null]>([
    ['UpdateTrail', { s3BucketName: 'the-logs' }, {}, true],
    ['EnableKey', {}, {}, true],
    ['DisableKey', {}, {}, false],
    ['StopLogging', {}, {}, null],
    ['PutKeyPolicy', {}, {}, null],
    ['SetTopicAttributes', {}, {}, null],
    ['AddPermission', {}, {}, null],
    ['RemovePermission', {}, {}, null],
    ['PutKeyPolicy', {}, { key: undefined }, false],
    ['PutKeyPolicy', {}, { key: { CloudTrailStatements: null } }, false],
    ['RemovePermission', {}, { topic: undefined }, false],
    ['PutBucketPolicy', {}, {}, false],
    ['PutBucketPolicy', null, {}, false],
    ['PutBucketPolicy', { bucketPolicy: policyOf('the-logs') }, {}, true],
    ['PutBucketPolicy', { bucketPolicy: policyOf('the-logs') }, { bucket: undefined }, true],
    ['PutBucketPolicy', { bucketPolicy: policyOf('another') }, {}, false],
    ['PutBucketPolicy', { bucketPolicy: policyOf('the-logs') }, { settings: undefined }, false],
    ['DeleteBucketPolicy', { bucketPolicy: policyOf('the-logs') }, {}, false],
  ])(
    '%s of %j, with %j in the baseline, leaves it in sync: %s',
    (eventName, parameters, change, is) => {
      const made = call({ seconds: 0, eventName, parameters });
      const known = Object.entries({ ...states, ...change }).filter(([, state]) => state);
      const desired = {
        ...{ trail, organization: organizationId },
        states: Object.fromEntries(known),
      };

      expect(delivery.historyModel.leavesInSync?.(made, desired)).toBe(is);
    },
  );

  function openAfter(eventName: string, parameters: object | null) {
    const { set, indeterminate } = effectOf(delivery, [eventName, parameters]) ?? {};
    expect(set).toEqual({});
    return new Set(indeterminate);
  }
});

/** A bucket policy that lets CloudTrail deliver the log files of the organization. */
function policyOf(bucket: string): object {
  const forCloudTrail = {
    ...{ Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' } },
    Condition: { StringEquals: { 'aws:SourceArn': trail.arn } },
  };
  return {
    Version: '2012-10-17',
    Statement: [
      { ...forCloudTrail, Action: 's3:GetBucketAcl', Resource: `arn:aws:s3:::${bucket}` },
      {
        ...forCloudTrail,
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${bucket}/org/AWSLogs/*`,
      },
    ],
  };
}
