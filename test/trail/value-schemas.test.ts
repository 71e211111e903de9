import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import * as schemas from '#trail/value-schemas.ts';

type Case = {
  readonly rule: string;
  /** Each value and its stored form. */
  readonly accepted: readonly (readonly [text: string, stored: string])[];
  readonly refused: readonly string[];
};

const same = (...texts: readonly string[]) => texts.map((text) => [text, text] as const);
const arn = 'arn:aws:sns:us-east-1:111122223333:alerts';
const group = 'arn:aws:logs:us-east-1:111122223333:log-group:/aws/trail';
const role = 'arn:aws:iam::111122223333:role/service-role/Logs';
const key = 'arn:aws:kms:us-east-1:111122223333:key/1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4';

const cases = {
  bucketName: {
    rule: 'must be the name of an S3 bucket (not an ARN or a URL)',
    accepted: same('logs', 'My_Old.Bucket-1', 'a'.repeat(255)),
    refused: ['ab', '-logs', 'logs-', 'a'.repeat(256), 'arn:aws:s3:::logs', 's3://logs', 'a b c'],
  },
  bucketNameOrArn: {
    rule: 'must be the name or the ARN of an S3 bucket',
    accepted: [
      ['arn:aws:s3:::logs', 'logs'],
      ['arn:aws-us-gov:s3:::logs', 'logs'],
      ...same('logs'),
    ],
    refused: [
      'arn:aws:s3:::',
      'arn:aws:sns:::logs',
      'arn:aws:s3:::logs/key',
      'x arn:aws:s3:::logs',
    ],
  },
  topicArn: {
    rule: 'must be the ARN of an SNS topic, or null',
    accepted: same(arn, `${arn}.fifo`, arn.replace('aws', 'aws-cn').replace('us-east', 'cn-north')),
    refused: ['alerts', `${arn}:sub`, `x${arn}`, arn.replace('111122223333', '1')],
  },
  topicNameOrArn: {
    rule: 'must be the name or the ARN of an SNS topic, or null',
    accepted: same('alerts', 'alerts.fifo', arn),
    refused: ['two description', `x ${arn}`, `${arn} x`],
  },
  logGroupArn: {
    rule: 'must be the ARN of a CloudWatch Logs log group, or null',
    accepted: [[group, `${group}:*`], ...same(`${group}:*`)],
    refused: ['/aws/trail', `${group}:*:*`, `x${group}`],
  },
  logGroupNameOrArn: {
    rule: 'must be the name or the ARN of a CloudWatch Logs log group, or null',
    accepted: [[group, `${group}:*`], ...same('/aws/trail', `${group}:*`)],
    refused: ['two description', `${group}:*x`, `x ${group}`],
  },
  roleArn: {
    rule: 'must be the ARN of an IAM role, or null: aws iam get-role --role-name NAME prints it',
    accepted: same(role, role.replace('aws', 'aws-us-gov')),
    refused: ['Logs', `${role} `, `x${role}`, role.replace(':role/', ':user/')],
  },
  keyArn: {
    rule: 'must be the ARN of a KMS key, or null: an alias or a key id is resolved when a baseline is imported',
    accepted: same(key),
    refused: ['alias/trail', `${key}/x`, `x${key}`],
  },
  keyIdInAnyForm: {
    rule: 'must be alias/NAME, the ARN of an alias, the ARN of a KMS key, a key id, or null',
    accepted: same(
      'alias/trail',
      `mrk-${'0a'.repeat(16)}`,
      '1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4',
      'arn:aws:kms:us-east-1:111122223333:alias/trail',
      key,
    ),
    refused: [
      'alias/',
      'alias/two description',
      'x alias/trail',
      'mrk-0',
      `x-mrk-${'0a'.repeat(16)}`,
      `mrk-${'0a'.repeat(16)}b`,
      '1f0e5c1a-6a1c-4c5e-9d3c-1b7a53a1d0c4-x',
      '1f0e5c1a',
    ],
  },
} satisfies { readonly [name: string]: Case };

describe.each(Object.entries<Case>(cases))('%s', (name, { rule, accepted, refused }) => {
  const schema = Reflect.get(schemas, name) as z.ZodType;
  const messagesOf = (value: unknown) =>
    new Set(schema.safeParse(value).error?.issues.map(({ message }) => message));

  test.each(accepted)('accepts %s', (text, stored) => {
    expect(schema.parse(text)).toBe(stored);
  });

  test.each([...refused, '', 1])('refuses %j and says what it must be', (value) => {
    expect(messagesOf(value)).toEqual(new Set([rule]));
  });
});

describe('a key prefix', () => {
  const messageOf = (value: unknown) =>
    schemas.keyPrefix.safeParse(value).error?.issues[0]?.message ?? null;

  test('has 1 to 200 characters', () => {
    expect(messageOf('a')).toBeNull();
    expect(messageOf('a'.repeat(200))).toBeNull();
    expect(messageOf('a'.repeat(201))).toBe('must be at most 200 characters long');
    expect(messageOf('')).toBe('must not be empty: write null for "no prefix"');
    expect(messageOf(1)).toBe('must be text, or null');
  });
});

test('a topic has at most 256 characters', () => {
  const issuesOf = (text: string) => schemas.topicNameOrArn.safeParse(text).error?.issues;

  expect(issuesOf('a'.repeat(256))).toBeUndefined();
  expect(issuesOf('a'.repeat(257))).toMatchObject([
    { message: 'must be at most 256 characters long' },
  ]);
});

test('a flag is true or false', () => {
  expect(schemas.flag.safeParse('true').error?.issues).toMatchObject([
    { message: 'must be true or false' },
  ]);
});

test('text that is not the ARN of a log group is unchanged', () => {
  expect(schemas.withLogStreams('/aws/trail')).toBe('/aws/trail');
});
