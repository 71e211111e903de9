import { describe, expect, test } from 'vitest';
import { deliveriesTo } from '#drift/dependencies/bucket-policy.ts';
import { keyRequests } from '#drift/dependencies/key-policy.ts';
import type { PolicyStatement } from '#drift/dependencies/policy-document.ts';
import { partsOf } from '#drift/dependencies/policy-parts.ts';
import type { Request } from '#drift/dependencies/statement-evaluation.ts';
import { topicRequests } from '#drift/dependencies/topic-policy.ts';
import type { Settings } from '#drift/settings-table.ts';
import { settings, trail } from '../support/baseline.ts';

const role = 'arn:aws:iam::111122223333:role/stolen';
const requests = [
  {
    action: 's3:PutObject',
    resource: 'arn:aws:s3:::the-logs/AWSLogs/*',
    keys: { 'aws:sourcearn': 'arn:1', 'aws:securetransport': 'true' },
  },
];

const toCloudTrail = { Principal: { Service: 'cloudtrail.amazonaws.com' } };

describe('a Deny may reach CloudTrail if it', () => {
  test.each<[string, object]>([
    ['denies everyone', {}],
    ['denies everyone as a list', { Principal: { AWS: ['111122223333', '*'] } }],
    ['denies CloudTrail', { Principal: { Service: 'cloudtrail.amazonaws.com' } }],
    ['spells CloudTrail differently', { Principal: { Service: 'CloudTrail.amazonaws.com' } }],
    ['denies every service', { Principal: { Service: '*' } }],
    ['denies everyone but some', { Principal: undefined, NotPrincipal: { AWS: '111122223333' } }],
    ['spells the action differently', { Action: 'S3:Put*' }],
    ['denies all actions but some', { Action: undefined, NotAction: 's3:GetObject' }],
    [
      'denies the files of one account',
      { Resource: 'arn:aws:s3:::the-logs/AWSLogs/222233334444/*' },
    ],
    ['denies one day', { Resource: 'arn:aws:s3:::*/CloudTrail/us-east-1/2026/12/*' }],
    [
      'denies a folder that a variable names',
      { Resource: `arn:aws:s3:::the-logs/${variable('aws:x')}/*` },
    ],
    ['is for this trail', { Condition: { ArnLike: { 'AWS:SourceArn': 'arn:?' } } }],
    [
      'compares with a variable',
      { Condition: { StringEquals: { 'aws:SourceArn': variable('aws:SourceArn') } } },
    ],
    ['has an unknown condition', { Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } } }],
    ['requires TLS', { Condition: { Bool: { 'aws:SecureTransport': 'True' } } }],
    ['has an unknown element', { Unheard: true }],
    [
      'denies all trails but another one',
      { Condition: { ArnNotLike: { 'aws:SourceArn': 'arn:2*' } } },
    ],
    ['requires a trail', { Condition: { Null: { 'aws:SourceArn': 'false' } } }],
    [
      'denies any role',
      { Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } } },
    ],
    [
      'denies a role, and requests without one',
      { Condition: { ArnLikeIfExists: { 'aws:PrincipalArn': role } } },
    ],
    ['denies all roles but one', { Condition: { ArnNotEquals: { 'aws:PrincipalArn': role } } }],
    [
      'denies a role, and requests without one, by a set',
      { Condition: { 'ForAllValues:ArnEquals': { 'aws:PrincipalArn': role } } },
    ],
    ['denies a role and others', { Condition: { ArnLike: { 'aws:PrincipalArn': [role, '*'] } } }],
    [
      'denies CloudTrail and a role',
      { Principal: { AWS: role, Service: 'cloudtrail.amazonaws.com' } },
    ],
    ['denies an unknown type of principal', { Principal: { Unheard: 'x' } }],
    [
      'is for another trail, or one that a variable names',
      { Condition: { StringEquals: { 'aws:SourceArn': ['arn:2', variable('aws:x')] } } },
    ],
    [
      'compares sets of trails',
      { Condition: { 'ForAllValues:StringEquals': { 'aws:SourceArn': 'arn:2' } } },
    ],
    [
      'is for this trail or another, in upper case',
      { Condition: { StringEqualsIgnoreCase: { 'aws:SourceArn': ['ARN:1', 'ARN:2'] } } },
    ],
    ['is with or without a trail', { Condition: { Null: { 'aws:SourceArn': ['true', 'false'] } } }],
    ['has an unknown operator', { Condition: { Unheard: { 'aws:SourceArn': 'arn:2' } } }],
    [
      'compares a set with TLS',
      { Condition: { 'ForAllValues:Bool': { 'aws:SecureTransport': 'false' } } },
    ],
    ['denies few keys at once', { Condition: { NumericLessThan: { 's3:max-keys': 1 } } }],
    ['denies new versions of TLS', { Condition: { NumericGreaterThan: { 's3:TlsVersion': 1.1 } } }],
    ['requires TLS 1.3', { Condition: { NumericLessThan: { 's3:TlsVersion': 1.3 } } }],
  ])('%s', (_what, members) => {
    expect(isDenial({ ...deny, ...members })).toBe(true);
  });

  test.each<[string, object]>([
    ['denies CloudTrail the ACLs of objects', { ...toCloudTrail, Action: 's3:PutObjectAcl' }],
    ['denies a role', { Principal: { AWS: 'arn:aws:iam::111122223333:role/reader' } }],
    ['denies another service', { Principal: { Service: ['config.amazonaws.com'] } }],
    ['denies another action', { Action: ['s3:DeleteObject*', 's3:PutBucket*'] }],
    ['denies another folder', { Resource: 'arn:aws:s3:::the-logs/elb/*' }],
    ['denies another trail', { Condition: { StringEquals: { 'aws:SourceArn': 'arn:2' } } }],
    ['denies requests without TLS', { Condition: { Bool: { 'aws:SecureTransport': false } } }],
    ['denies all trails but this', { Condition: { ArnNotEquals: { 'aws:SourceArn': 'arn:1' } } }],
    [
      'denies all trails but another and this',
      { Condition: { ArnNotLike: { 'aws:SourceArn': ['arn:2', 'arn:1'] } } },
    ],
    [
      'denies a trail whose ARN is a star',
      { Condition: { StringEquals: { 'aws:SourceArn': '*' } } },
    ],
    [
      'denies another trail in upper case',
      { Condition: { StringEqualsIgnoreCase: { 'aws:SourceArn': 'ARN:2' } } },
    ],
    ['denies other ARNs', { Condition: { StringNotLike: { 'aws:SourceArn': ['x', 'arn:*'] } } }],
    [
      'denies all trails but this in upper case',
      { Condition: { StringNotEqualsIgnoreCase: { 'aws:SourceArn': 'ARN:1' } } },
    ],
    ['denies requests without a trail', { Condition: { Null: { 'aws:SourceArn': true } } }],
    ['denies a role by condition', { Condition: { ArnEquals: { 'aws:PrincipalArn': role } } }],
    ['requires TLS 1.2', { Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } } }],
  ])('but not if it %s', (_what, members) => {
    expect(isDenial({ ...deny, ...members })).toBe(false);
  });
});

describe('CloudTrail writes to a bucket', () => {
  const ofAccount = { S3KeyPrefix: null, IsOrganizationTrail: false };
  const ofOrganization = { S3KeyPrefix: 'central', IsOrganizationTrail: true };

  test.each<[string, Known['settings'], string]>([
    ['its account', ofAccount, `AWSLogs/${trail.accountId}/CloudTrail/*`],
    ['any account of an organization', ofOrganization, 'central/AWSLogs/222233334444/*'],
    ['any folder if the trail is unknown', undefined, 'other/*'],
  ])('to the folder of %s, which a Deny must not reach', (_whose, known, folder) => {
    expect(isReached(`the-logs/${folder}`, { settings: known })).toBe(true);
  });

  test.each<[string, Known['settings'], string]>([
    ['another account', ofAccount, 'the-logs/AWSLogs/222233334444/*'],
    ['another prefix', ofOrganization, 'the-logs/AWSLogs/*'],
    ['a prefix that it does not have', ofAccount, 'the-logs/central/*'],
    ['another bucket', undefined, 'the-logs-2/*'],
  ])('but not to the folder of %s', (_whose, known, resource) => {
    expect(isReached(resource, { settings: known })).toBe(false);
  });

  test('after it read its ACL', () => {
    expect(isReached('the-logs', {}, { Action: 's3:GetBucketAcl' })).toBe(true);
    expect(isReached('the-logs', {}, { Action: 's3:PutObject' })).toBe(false);
  });

  test('for the organization that the policy names', () => {
    const Condition = { StringNotEquals: { 'aws:SourceOrgID': 'o-a1b2c3d4e5' } };
    const policy = '"arn:aws:s3:::the-logs/AWSLogs/o-a1b2c3d4e5/*"';

    expect(isReached('*', {}, { Condition })).toBe(true);
    expect(isReached('*', { policy }, { Condition })).toBe(false);
  });
});

type Known = {
  readonly settings?: Pick<Settings, 'S3KeyPrefix' | 'IsOrganizationTrail'> | undefined;
  readonly policy?: string;
};

/** Whether a Deny for a resource of S3 may deny CloudTrail a delivery to the bucket `the-logs`. */
function isReached(
  resource: string,
  { settings: known, policy = '' }: Known,
  members = {},
): boolean {
  const Resource = `arn:aws:s3:::${resource}`;
  const statement = JSON.stringify({ Statement: { ...deny, Resource, ...members } });
  const requests = deliveriesTo('the-logs', { trail, policy, ...(known && { settings: known }) });
  return partsOf(statement, requests).Denials?.length === 1;
}

// Source: CloudTrail user guide, "Configure AWS KMS key policies for CloudTrail" and "Amazon SNS topic policy for CloudTrail".

describe('CloudTrail is denied what it needs', () => {
  const notThis = { 'kms:EncryptionContext:aws:cloudtrail:arn': trail.arn };

  test.each<[string, readonly Request[], object, boolean]>([
    ['of a key by DescribeKey', keyRequests(trail), { Action: 'kms:DescribeKey' }, true],
    ['of a key by GenerateDataKey', keyRequests(trail), { Action: 'kms:GenerateDataKey*' }, true],
    ['of a key by no other action', keyRequests(trail), { Action: 'kms:Decrypt' }, false],
    [
      'of a key unless the encryption context is that of the trail',
      keyRequests(trail),
      { Action: 'kms:GenerateDataKey', Condition: { StringNotEquals: notThis } },
      false,
    ],
    [
      'of a key by what denies DescribeKey unless there is an encryption context',
      keyRequests(trail),
      { Action: 'kms:*', Condition: { StringNotEquals: notThis } },
      true,
    ],
    [
      'of a key that is named',
      keyRequests(trail),
      { Action: 'kms:*', Resource: settings.KmsKeyId },
      true,
    ],
    ['of a topic by Publish', topicRequests(trail), { Action: 'sns:Publish' }, true],
    ['of a topic by no other action', topicRequests(trail), { Action: 'sns:Subscribe' }, false],
    [
      'of a topic that is named',
      topicRequests(trail),
      { Action: 'sns:*', Resource: settings.SnsTopicARN },
      true,
    ],
    [
      'of a topic by all trails but those of a pattern that is no whole ARN',
      topicRequests(trail),
      { Action: 'sns:*', Condition: { ArnNotLike: { 'aws:SourceArn': 'arn:aws:cloudtrail:*' } } },
      true,
    ],
    [
      'of a topic but not by all that are no trails',
      topicRequests(trail),
      {
        Action: 'sns:*',
        Condition: { ArnNotLike: { 'aws:SourceArn': 'arn:*:cloudtrail:*:*:trail/*' } },
      },
      false,
    ],
    [
      'of a topic but not by what requires TLS',
      topicRequests(trail),
      { Action: 'sns:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      false,
    ],
  ])('%s', (_what, requests, members, expected) => {
    const Statement = { ...deny, Resource: '*', ...members };

    expect(partsOf(JSON.stringify({ Statement }), requests).Denials).toHaveLength(expected ? 1 : 0);
  });
});

describe('a statement that allows something to CloudTrail is captured', () => {
  test.each<[string, object]>([
    ['for every trail', {}],
    ['for this trail', { Condition: { StringEquals: { 'aws:SourceArn': ['arn:2', 'arn:1'] } } }],
    ['with an unknown condition', { Condition: { StringEquals: { 'aws:Unheard': 'x' } } }],
    ['with an unknown element', { Unheard: true }],
    ['for another action', { Action: 's3:ListBucket' }],
    ['for requests without TLS', { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
  ])('as what this trail needs if it is %s', (_what, members) => {
    expect(captured({ ...allow, ...members }).CloudTrailStatements).toHaveLength(1);
  });

  test('as one of others if it is for another trail only', () => {
    const Condition = { ArnLike: { 'aws:SourceArn': 'arn:2*' } };
    expect(captured({ ...allow, Condition }).OtherStatements).toHaveLength(1);
  });
});

const allow: PolicyStatement = {
  Effect: 'Allow',
  Principal: { Service: 'cloudtrail.amazonaws.com' },
  Action: 's3:PutObject',
  Resource: 'arn:aws:s3:::the-logs/*',
};

const deny: PolicyStatement = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: 'arn:aws:s3:::the-logs/*',
};

/** A variable as policies write it. */
function variable(name: string): string {
  return `\u0024{${name}}`;
}

const captured = (one: object) => partsOf(JSON.stringify({ Statement: one }), requests);

const isDenial = (one: object): boolean => captured(one).Denials?.length === 1;
