import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTrailArn, type Trail } from '#trail/trail-arn.ts';
import { InvalidEventError, matchesTrail, parseTrailEvent } from '#trail/trail-event.ts';
import { settings, trail } from '../support/baseline.ts';

const record = JSON.parse(readFileSync('test/events/iam-user-from-the-cli.json', 'utf8'));

const neighbor = parseTrailArn('arn:aws:cloudtrail:eu-central-1:111122223333:trail/second');
const namesake = parseTrailArn('arn:aws:cloudtrail:us-east-1:111122223333:trail/main');
const trails = { trail, neighbor, namesake };

/** The protected trails that a call in the Region of `trail` affects. */
function concerned(edits: object): string[] {
  const event = parseTrailEvent({ detail: { ...record, ...edits } });
  return Object.entries(trails)
    .filter(([, one]) => matchesTrail(event, one))
    .map(([who]) => who);
}

const everyTrail = ['trail', 'neighbor', 'namesake'];

describe('a call affects only the trail that it names', () => {
  const members = ['name', 'trailName', 'resourceId'];

  test.each(members)('by name in %s', (member) => {
    expect(concerned({ requestParameters: { [member]: 'main' } })).toEqual(['trail']);
  });

  test.each(members)('by ARN in %s', (member) => {
    expect(concerned({ requestParameters: { [member]: trail.arn } })).toEqual(['trail']);
  });

  test('by ARN in the response', () => {
    const answered = { requestParameters: null, responseElements: { trailARN: trail.arn } };

    expect(concerned(answered)).toEqual(['trail']);
  });

  test('by ARN, in whatever Region the call was made', () => {
    expect(concerned({ requestParameters: { name: namesake.arn } })).toEqual(['namesake']);
  });

  test.each<[string, object]>([
    ['starts like it', { name: 'main-2' }],
    ['ends like it', { name: 'domain' }],
    ['differs in case', { name: 'MAIN' }],
    ['is in another account', { name: trail.arn.replace('111122223333', '444455556666') }],
    ['is in another partition', { name: trail.arn.replace('arn:aws:', 'arn:aws-cn:') }],
    ['is longer than the name in its ARN', { name: `${trail.arn}/main` }],
  ])('but not one whose name %s', (_how, requestParameters) => {
    expect(concerned({ requestParameters })).toEqual([]);
  });

  test('but not one with the same name in another Region', () => {
    expect(concerned({ awsRegion: 'us-east-1' })).toEqual(['namesake']);
    expect(concerned({ awsRegion: 'ap-south-1' })).toEqual([]);
  });

  test.each(members)('but not one with the same name in the caller’s account, in %s', (member) => {
    const elsewhere = {
      recipientAccountId: '222233334444',
      requestParameters: { [member]: 'main' },
    };

    expect(concerned(elsewhere)).toEqual([]);
  });

  test('by ARN, whichever account recorded the call', () => {
    const elsewhere = {
      recipientAccountId: '222233334444',
      requestParameters: { name: trail.arn },
    };

    expect(concerned(elsewhere)).toEqual(['trail']);
  });

  test('by the ARN of the response rather than by the name in the request', () => {
    const answered = {
      requestParameters: { name: 'main' },
      responseElements: { trailARN: namesake.arn },
    };

    expect(concerned(answered)).toEqual(['namesake']);
  });

  test('by name in the account of the event if the record has no recipient', () => {
    const { recipientAccountId: _, ...detail } = record;
    const concernedIn = (account?: string) =>
      matchesTrail(parseTrailEvent({ account, detail }), trail);

    expect(concernedIn('111122223333')).toBe(true);
    expect(concernedIn('222233334444')).toBe(false);
    expect(concernedIn()).toBe(true);
  });

  test('and every one that it names in different ways', () => {
    const requestParameters = { name: 'main', trailName: 'second', resourceId: namesake.arn };

    expect(concerned({ requestParameters })).toEqual(['trail', 'neighbor', 'namesake']);
  });
});

describe('a call that names no trail can affect any', () => {
  test.each<[string, unknown]>([
    ['are missing', undefined],
    ['are null', null],
    ['were omitted as too large', { omitted: true, reason: 'requestParameters too large' }],
    ['are empty', {}],
    ['are a text', 'main'],
    ['are a number', 7],
    ['are a list', [{ name: 'second' }]],
    ['have an empty name', { name: '' }],
    ['have null as the name', { name: null }],
    ['have a number as the name', { name: 7 }],
    ['have a list as the name', { name: ['second'] }],
    ['have an object as the name', { name: { name: 'second' } }],
    ['have the name at a deeper level', { trail: { name: 'second' } }],
    ['name something else', { bucketName: 'second', trailARN: neighbor.arn, Name: 'second' }],
  ])('if its parameters %s', (_how, requestParameters) => {
    expect(concerned({ requestParameters })).toEqual(everyTrail);
  });

  test.each<[string, unknown]>([
    ['is null', null],
    ['was omitted as too large', { omitted: true, reason: 'responseElements too large' }],
    ['has a number as the ARN', { trailARN: 7 }],
    ['has only a name', { name: 'second' }],
  ])('if its response %s', (_how, responseElements) => {
    expect(concerned({ requestParameters: null, responseElements })).toEqual(everyTrail);
  });

  test('whatever its parameters and response are', () => {
    const member = fc.oneof(
      fc.constant(''),
      fc.jsonValue().filter((value) => typeof value !== 'string'),
    );
    const broken = fc.oneof(
      fc.constantFrom(null, 0, true, 'main', []),
      fc.record({ name: member, trailName: member, resourceId: member, trailARN: member }),
    );

    fc.assert(
      fc.property(broken, broken, (requestParameters, responseElements) => {
        const found = concerned({ requestParameters, responseElements });

        expect(found).toEqual(everyTrail);
      }),
    );
  });

  test.each<[string, unknown]>([
    ['under the key __proto__', JSON.parse('{ "__proto__": { "name": "second" } }')],
    ['by inheritance', Object.create({ name: 'second' })],
    ['in an inherited function', JSON.parse('{ "constructor": { "name": "second" } }')],
  ])('if its parameters have a name only %s', (_how, requestParameters) => {
    expect(concerned({ requestParameters })).toEqual(everyTrail);
  });

  test('if the record has parameters only under the key __proto__', () => {
    const { requestParameters, ...rest } = record;
    const text = JSON.stringify({ ...rest, proto: { requestParameters: { name: 'second' } } });
    const event = parseTrailEvent({ detail: JSON.parse(text.replace('"proto"', '"__proto__"')) });

    expect(event.named).toBeNull();
    expect(matchesTrail(event, trail)).toBe(true);
  });
});

describe('a call about the organization', () => {
  const ofOrganization = { eventSource: 'organizations.amazonaws.com', awsRegion: 'us-east-1' };

  test('and CloudTrail affects every trail in every Region', () => {
    const requestParameters = { servicePrincipal: 'cloudtrail.amazonaws.com' };

    expect(concerned({ ...ofOrganization, requestParameters })).toEqual(everyTrail);
  });

  test('and only an account affects every trail', () => {
    const requestParameters = { memberAccountId: '222233334444' };

    expect(concerned({ ...ofOrganization, requestParameters })).toEqual(everyTrail);
  });

  test('and another service affects no trail', () => {
    const requestParameters = { servicePrincipal: 'config.amazonaws.com' };

    expect(concerned({ ...ofOrganization, requestParameters })).toEqual([]);
  });
});

describe('a call about a destination affects the trail', () => {
  const event = (eventSource: string, requestParameters: object, edits: object = {}) =>
    parseTrailEvent({ detail: { ...record, eventSource, requestParameters, ...edits } });
  const { KmsKeyId, SnsTopicARN, S3BucketName } = settings;
  const destinations = {
    ...settings,
    Alarms: ['root', 'second'].map(
      (name) => `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${name}`,
    ),
  };

  test.each<[string, string, object]>([
    ['that delivers to the bucket', 's3.amazonaws.com', { bucketName: S3BucketName }],
    ['that uses the key, named by ARN', 'kms.amazonaws.com', { keyId: KmsKeyId }],
    ['that uses the key, named by ID', 'kms.amazonaws.com', { keyId: KmsKeyId.split('/')[1] }],
    ['that publishes to the topic', 'sns.amazonaws.com', { topicArn: SnsTopicARN }],
    ['whose topic is created', 'sns.amazonaws.com', { name: 'deliveries' }],
    ['whose topic is tagged', 'sns.amazonaws.com', { resourceArn: SnsTopicARN }],
    [
      'whose topic loses a subscription',
      'sns.amazonaws.com',
      { subscriptionArn: `${SnsTopicARN}:7f1cbf6d` },
    ],
    ['that delivers to the log group', 'logs.amazonaws.com', { logGroupName: 'trail' }],
    [
      'that delivers to the log group, named by ARN',
      'logs.amazonaws.com',
      { logGroupIdentifier: 'arn:aws:logs:eu-central-1:111122223333:log-group:trail' },
    ],
    [
      'whose log group is tagged',
      'logs.amazonaws.com',
      { resourceArn: 'arn:aws:logs:eu-central-1:111122223333:log-group:trail' },
    ],
    ['that delivers with the role', 'iam.amazonaws.com', { roleName: 'logs' }],
    ['on whose log group the alarm is', 'monitoring.amazonaws.com', { alarmName: 'root' }],
    [
      'on whose log group one of the alarms is',
      'monitoring.amazonaws.com',
      { alarmNames: ['other', 'root'] },
    ],
  ])('%s', (_what, eventSource, requestParameters) => {
    expect(matchesTrail(event(eventSource, requestParameters), trail, destinations)).toBe(true);
  });

  test.each<[string, string, object]>([
    ['another bucket', 's3.amazonaws.com', { bucketName: 'the-logs-2' }],
    ['another key', 'kms.amazonaws.com', { keyId: `${KmsKeyId.slice(0, -1)}2` }],
    ['another topic', 'sns.amazonaws.com', { topicArn: `${SnsTopicARN}-2` }],
    [
      'a subscription of another topic',
      'sns.amazonaws.com',
      { subscriptionArn: `${SnsTopicARN}-2:7f1cbf6d` },
    ],
    ['a log group with the same suffix', 'logs.amazonaws.com', { logGroupName: 'rail' }],
    [
      'a log group whose name goes on',
      'logs.amazonaws.com',
      { resourceArn: 'arn:aws:logs:eu-central-1:111122223333:log-group:trail:2' },
    ],
    ['another role', 'iam.amazonaws.com', { roleName: 'ogs' }],
    ['other alarms', 'monitoring.amazonaws.com', { alarmNames: ['oot', 7, null] }],
    ['a user', 'iam.amazonaws.com', { userName: 'logs' }],
    [
      'a bucket with the name of the trail',
      's3.amazonaws.com',
      { bucketName: 'main', name: 'main' },
    ],
    ['nothing by name', 's3.amazonaws.com', { bucketName: '' }],
    ['nothing at all', 'kms.amazonaws.com', {}],
  ])('but not if it is about %s', (_what, eventSource, requestParameters) => {
    expect(matchesTrail(event(eventSource, requestParameters), trail, destinations)).toBe(false);
  });

  const otherRecorders: readonly [string, object][] = [
    ['account', { recipientAccountId: '222233334444' }],
    ['Region', { awsRegion: 'us-east-1' }],
  ];

  test.each(otherRecorders)('but not one with the same name in another %s', (_what, recorder) => {
    const byName: readonly (readonly [string, object])[] = [
      ['logs.amazonaws.com', { logGroupName: 'trail' }],
      ['kms.amazonaws.com', { keyId: KmsKeyId.split('/')[1] }],
    ];

    for (const [source, parameters] of byName) {
      expect(matchesTrail(event(source, parameters, recorder), trail, settings)).toBe(false);
    }
  });

  test.each(otherRecorders)('by ARN or bucket name from any %s', (_what, recorder) => {
    const byArn: readonly (readonly [string, object])[] = [
      ['kms.amazonaws.com', { keyId: KmsKeyId }],
      ['sns.amazonaws.com', { topicArn: SnsTopicARN }],
      ['s3.amazonaws.com', { bucketName: S3BucketName }],
    ];

    for (const [source, parameters] of byArn) {
      expect(matchesTrail(event(source, parameters, recorder), trail, settings)).toBe(true);
    }
  });

  test('by the name of its role in whatever Region IAM records, but not in another account', () => {
    const inAccount = (edits: object) =>
      matchesTrail(event('iam.amazonaws.com', { roleName: 'logs' }, edits), trail, settings);

    expect(inAccount({ awsRegion: 'us-east-1' })).toBe(true);
    expect(inAccount({ awsRegion: 'us-east-1', recipientAccountId: '222233334444' })).toBe(false);
  });

  test('but not if a bucket has the name of its prefix', () => {
    const { S3KeyPrefix: bucketName } = settings;

    expect(matchesTrail(event('s3.amazonaws.com', { bucketName }), trail, settings)).toBe(false);
  });

  test('only if its destinations are known', () => {
    expect(matchesTrail(event('s3.amazonaws.com', { bucketName: S3BucketName }), trail)).toBe(
      false,
    );
  });
});

test('an event has its API call and Region', () => {
  const event = parseTrailEvent({ detail: record });

  expect(event).toMatchObject({
    region: 'eu-central-1',
    named: ['main'],
    cause: {
      eventId: 'c0ffee00-1111-4222-8333-000000000001',
      eventName: 'StopLogging',
      region: 'eu-central-1',
      principal: { name: 'mallory' },
    },
  });
});

test.each(['eu-central-1', 'us-gov-west-1', 'us-iso-east-1', 'ap-southeast-10'])(
  '%s is a Region',
  (awsRegion) => {
    expect(parseTrailEvent({ detail: { ...record, awsRegion } }).region).toBe(awsRegion);
  },
);

describe('a value that is not a CloudTrail record is refused', () => {
  const hint =
    'An event must be a CloudTrail record in the field "detail", as EventBridge delivers it';
  const wrong = 'is missing or of the wrong type';
  const without = (field: string) => ({ detail: { ...record, [field]: undefined } });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, `document: ${wrong}`],
    ['null', null, `document: ${wrong}`],
    ['a text', JSON.stringify({ detail: record }), `document: ${wrong}`],
    ['a list of events', [{ detail: record }], `document: ${wrong}`],
    ['a record without its envelope', record, `detail: ${wrong}`],
    ['a record as text', { detail: JSON.stringify(record) }, `detail: ${wrong}`],
    ['a list of records', { detail: [record] }, `detail: ${wrong}`],
    ['an event without a name', without('eventName'), `detail.eventName: ${wrong}`],
    ['an event without a source', without('eventSource'), `detail.eventSource: ${wrong}`],
    ['an event without a Region', without('awsRegion'), `detail.awsRegion: ${wrong}`],
    ['an empty name', { detail: { ...record, eventName: '' } }, `detail.eventName: ${wrong}`],
    [
      'a source that is not a service',
      { detail: { ...record, eventSource: 's' } },
      'detail.eventSource: must be the name of an AWS service',
    ],
    [
      'a name that is too long',
      { detail: { ...record, eventName: 'a'.repeat(129) } },
      'detail.eventName: must be the name of a call',
    ],
    [
      'no Region',
      { detail: { ...record, awsRegion: 'global' } },
      'detail.awsRegion: must be a Region',
    ],
    [
      'a Region with a suffix',
      { detail: { ...record, awsRegion: 'eu-central-1.attacker.example' } },
      'detail.awsRegion: must be a Region',
    ],
    [
      'a Region with a prefix',
      { detail: { ...record, awsRegion: 'x.eu-central-1' } },
      'detail.awsRegion: must be a Region',
    ],
    [
      'several errors, all reported',
      { detail: { ...record, eventName: 7, awsRegion: 'mars' } },
      `detail.eventName: ${wrong}; detail.awsRegion: must be a Region`,
    ],
  ])('with its field: %s', (_what, event, message) => {
    expect(() => parseTrailEvent(event)).toThrow(new InvalidEventError(`${message}. ${hint}`));
  });

  test('with an error that has its own name', () => {
    expect(new InvalidEventError('no')).toMatchObject({ name: 'InvalidEventError' });
  });
});

describe('any JSON is an event or throws InvalidEventError:', () => {
  const anyTrail = fc.constantFrom<Trail>(trail, neighbor, namesake);
  const parsesOrRefuses = (event: unknown, one: Trail = trail): void => {
    try {
      expect(matchesTrail(parseTrailEvent(event), one)).toBeTypeOf('boolean');
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidEventError);
    }
  };

  test('any value', () => {
    fc.assert(
      fc.property(fc.json(), anyTrail, (text, one) => parsesOrRefuses(JSON.parse(text), one)),
    );
  });

  test('a record with any values in any of its fields', () => {
    const fields = [...Object.keys(record), 'errorCode', 'errorMessage', '__proto__'];
    const edits = fc.dictionary(fc.constantFrom(...fields), fc.jsonValue());

    fc.assert(
      fc.property(edits, anyTrail, (values, one) => {
        parsesOrRefuses({ detail: { ...record, ...values } }, one);
      }),
    );
  });

  const deep = (depth: number, wrap: (inner: unknown) => unknown): unknown =>
    Array.from({ length: depth }).reduce(wrap, 'main');
  const monsters: readonly [string, unknown][] = [
    ['a list nested a hundred thousand deep', deep(100_000, (inner) => [inner])],
    ['an object nested a hundred thousand deep', deep(100_000, (name) => ({ name, arn: name }))],
    ['a text of ten million characters', 'main'.repeat(2_500_000)],
    ['a hundred thousand values', Array.from({ length: 100_000 }).fill('main')],
    [
      'a hundred thousand fields',
      Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`name${index}`, 'main'])),
    ],
  ];

  test.each(monsters)('%s in any field', (_what, monster) => {
    for (const field of [...Object.keys(record), 'errorCode', 'unheardOf']) {
      parsesOrRefuses({ detail: { ...record, [field]: monster } });
    }
    parsesOrRefuses({ detail: monster });
    parsesOrRefuses(monster);
  });

  test.each(monsters)('%s beside a valid name does not hide the trail', (_what, monster) => {
    const edits = {
      requestParameters: { name: 'main', trailName: [monster], rest: monster },
      responseElements: monster,
      userIdentity: { type: monster, sessionContext: monster },
      additionalEventData: monster,
    };

    expect(concerned(edits)).toEqual(['trail']);
  });
});

describe("an IAM call affects every trail if it is about CloudTrail's service-linked role", () => {
  test.each<[object, string[]]>([
    [{ roleName: 'AWSServiceRoleForCloudTrail' }, everyTrail],
    [{ aWSServiceName: 'cloudtrail.amazonaws.com' }, everyTrail],
    [{ roleName: 'AnotherRole', aWSServiceName: 'support.amazonaws.com' }, []],
    [{}, []],
  ])('%j', (requestParameters, expected) => {
    const call = { eventSource: 'iam.amazonaws.com', requestParameters, responseElements: null };

    expect(concerned(call)).toEqual(expected);
  });
});

test('an account ID has twelve digits: otherwise the account is unknown', () => {
  for (const recipientAccountId of ['1111222233334', 'x111122223333', '11112222333']) {
    const event = parseTrailEvent({ detail: { ...record, recipientAccountId } });

    expect(event.account).toBeNull();
  }
});

test('an event source must end with the domain of AWS services', () => {
  const detail = { ...record, eventSource: 'cloudtrail.amazonaws.com.example.org' };

  expect(() => parseTrailEvent({ detail })).toThrow('must be the name of an AWS service');
});

test('a Region has at most 64 characters', () => {
  const detail = { ...record, awsRegion: `us-${'x'.repeat(70)}-1` };

  expect(() => parseTrailEvent({ detail })).toThrow('detail.awsRegion: must be a Region');
});

test('a call about a destination or another role names no trail', () => {
  const requestParameters = { bucketName: 'logs', roleName: 'AnotherRole' };

  for (const eventSource of ['s3.amazonaws.com', 'iam.amazonaws.com']) {
    expect(
      parseTrailEvent({ detail: { ...record, eventSource, requestParameters } }).named,
    ).toEqual([]);
  }
});
