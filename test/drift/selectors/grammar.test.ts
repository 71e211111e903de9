import { describe, expect, test } from 'vitest';
import {
  bucketName,
  keyArn,
  keyIdInAnyForm,
  keyPrefix,
  logGroupArn,
  roleArn,
  topicArn,
  topicNameOrArn,
} from '#trail/value-schemas.ts';

// The formats and lengths are from the CloudTrail API reference 2018-11-20, CreateTrail; `mrk-` keys, role paths,
// partitions and `.fifo` are from the KMS, IAM and SNS references.

const keyId = '12345678-1234-1234-1234-123456789012';
const multiRegionKeyId = 'mrk-1234abcd12ab34cd56ef1234567890ab';
const key = `arn:aws:kms:us-east-2:123456789012:key/${keyId}`;
const topic = 'arn:aws:sns:us-east-2:123456789012:MyTopic';
const topicOf = (length: number) => topic.padEnd(length, 'x');

const grammar = [
  {
    name: 'bucketName',
    schema: bucketName,
    accepted: ['the-logs', 'abc', 'a'.repeat(63), 'my.bucket', '123', 'Old_Bucket'],
    refused: ['', 'ab', '-logs', 'logs-', 'the logs', 's3://the-logs', 'arn:aws:s3:::the-logs'],
  },
  {
    name: 'keyPrefix',
    schema: keyPrefix,
    accepted: ['a', 'org/2026', 'a/', 'x'.repeat(200)],
    refused: ['', 'x'.repeat(201)],
  },
  {
    name: 'topicArn',
    schema: topicArn,
    accepted: [
      topic,
      'arn:aws-us-gov:sns:us-gov-west-1:123456789012:MyTopic',
      'arn:aws-cn:sns:cn-north-1:123456789012:My_Topic-2',
      `${topic}.fifo`,
      topicOf(256),
    ],
    refused: [
      '',
      'MyTopic',
      topicOf(257),
      `${topic}:subscription`,
      'arn:aws:sns:us-east-2:123456789012:',
      'arn:aws:sqs:us-east-2:123456789012:MyTopic',
      'arn:aws:sns::123456789012:MyTopic',
      'arn:aws:sns:us-east-2:12345:MyTopic',
    ],
  },
  {
    name: 'topicNameOrArn',
    schema: topicNameOrArn,
    accepted: ['MyTopic', 'My_Topic-2', 'MyTopic.fifo', 'x'.repeat(256), topic, topicOf(256)],
    refused: [
      '',
      'x'.repeat(257),
      topicOf(257),
      'my topic',
      'my.topic',
      'my:topic',
      '.fifo',
      'arn:aws:sns',
      'arn:aws:sqs:us-east-2:123456789012:MyTopic',
      'MyTopic\n',
    ],
  },
  {
    name: 'logGroupArn',
    schema: logGroupArn,
    accepted: [
      'arn:aws:logs:us-east-2:123456789012:log-group:trail:*',
      'arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/cloudtrail/main:*',
    ],
    refused: [
      '',
      'trail',
      'arn:aws:logs:us-east-2:123456789012:log-group:',
      'arn:aws:logs:us-east-2:123456789012:log-group:trail:log-stream:one',
      'arn:aws:logs:us-east-2:123456789012:trail:*',
      'arn:aws:s3:us-east-2:123456789012:log-group:trail:*',
    ],
  },
  {
    name: 'roleArn',
    schema: roleArn,
    accepted: [
      'arn:aws:iam::123456789012:role/logs',
      'arn:aws:iam::123456789012:role/service-role/CloudTrail_Role',
      'arn:aws-us-gov:iam::123456789012:role/logs',
    ],
    refused: [
      '',
      'logs',
      'arn:aws:iam::123456789012:role/',
      'arn:aws:iam::123456789012:role/my logs',
      'arn:aws:iam::123456789012:user/logs',
      'arn:aws:iam:us-east-2:123456789012:role/logs',
      'arn:aws:sts::123456789012:assumed-role/logs/session',
    ],
  },
  {
    name: 'keyArn',
    schema: keyArn,
    accepted: [
      key,
      `arn:aws:kms:us-east-2:123456789012:key/${multiRegionKeyId}`,
      `arn:aws-cn:kms:cn-north-1:123456789012:key/${keyId}`,
    ],
    refused: [
      '',
      keyId,
      multiRegionKeyId,
      'alias/MyAliasName',
      'arn:aws:kms:us-east-2:123456789012:alias/MyAliasName',
      'arn:aws:kms:us-east-2:123456789012:key/',
      `${key}\n`,
      ` ${key}`,
    ],
  },
  {
    name: 'keyIdInAnyForm',
    schema: keyIdInAnyForm,
    accepted: [
      'alias/MyAliasName',
      'alias/team/logs',
      'arn:aws:kms:us-east-2:123456789012:alias/MyAliasName',
      key,
      `arn:aws:kms:us-east-2:123456789012:key/${multiRegionKeyId}`,
      keyId,
      multiRegionKeyId,
    ],
    refused: [
      '',
      'MyAliasName',
      'alias/',
      'alias/my logs',
      'key/12345678-1234-1234-1234-123456789012',
      '12345678-1234-1234-1234-12345678901',
      '12345678123412341234123456789012',
      'mrk-1234',
      'arn:aws:kms:us-east-2:123456789012:12345678-1234-1234-1234-123456789012',
      `${keyId}\n`,
    ],
  },
];

describe.each(grammar)('$name', ({ schema, accepted, refused }) => {
  test.each(accepted)('accepts %j', (text) => {
    expect(schema.safeParse(text)).toStrictEqual({ success: true, data: text });
  });

  test.each(refused)('refuses %j and says what it must be', (text) => {
    const [issue] = schema.safeParse(text).error?.issues ?? [];

    expect(issue?.message).toMatch(/^must /);
  });

  test.each([null, 7, true, {}, []])('refuses %j, which is not text', (value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});

test.each([
  ['key prefix', keyPrefix, 'x'.repeat(201), 200],
  ['topic ARN', topicArn, topicOf(257), 256],
  ['topic name', topicNameOrArn, 'x'.repeat(257), 256],
] as const)('a %s that is too long is refused with the limit', (_what, schema, text, limit) => {
  const issues = schema.safeParse(text).error?.issues.map(({ message }) => message);

  expect(issues).toStrictEqual([`must be at most ${limit} characters long`]);
});

test('a log group is the same with and without its streams', () => {
  const arn = 'arn:aws:logs:us-east-2:123456789012:log-group:trail';

  expect(logGroupArn.parse(arn)).toBe(`${arn}:*`);
  expect(logGroupArn.parse(`${arn}:*`)).toBe(`${arn}:*`);
});
