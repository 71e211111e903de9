import { describe, expect, test } from 'vitest';
import type { PolicyStatement } from '#drift/dependencies/policy-document.ts';
import { partsOf } from '#drift/dependencies/policy-parts.ts';

const role = 'arn:aws:iam::111122223333:role/stolen';
const requests = [
  {
    action: 's3:PutObject',
    resource: 'arn:aws:s3:::the-logs/AWSLogs/*',
    keys: { 'aws:sourcearn': 'arn:1', 'aws:securetransport': 'true' },
  },
];

describe('a Deny may reach CloudTrail if it', () => {
  test.each<[string, object]>([
    ['denies everyone', {}],
    ['denies everyone as a list', { Principal: { AWS: ['111122223333', '*'] } }],
    ['denies CloudTrail', { Principal: { Service: 'cloudtrail.amazonaws.com' } }],
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
    ['requires TLS 1.3', { Condition: { NumericLessThan: { 's3:TlsVersion': 1.3 } } }],
  ])('%s', (_what, members) => {
    expect(isDenial({ ...deny, ...members })).toBe(true);
  });

  test.each<[string, object]>([
    ['denies a role', { Principal: { AWS: 'arn:aws:iam::111122223333:role/reader' } }],
    ['denies another service', { Principal: { Service: ['config.amazonaws.com'] } }],
    ['denies another action', { Action: ['s3:DeleteObject*', 's3:PutBucket*'] }],
    ['denies another folder', { Resource: 'arn:aws:s3:::the-logs/elb/*' }],
    ['denies another trail', { Condition: { StringEquals: { 'aws:SourceArn': 'arn:2' } } }],
    ['denies requests without TLS', { Condition: { Bool: { 'aws:SecureTransport': false } } }],
    ['denies all trails but this', { Condition: { ArnNotEquals: { 'aws:SourceArn': 'arn:1' } } }],
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

describe('a statement that allows something to CloudTrail is captured', () => {
  test.each<[string, object]>([
    ['for every trail', {}],
    ['for this trail', { Condition: { StringEquals: { 'aws:SourceArn': ['arn:2', 'arn:1'] } } }],
    ['with an unknown condition', { Condition: { StringEquals: { 'aws:Unheard': 'x' } } }],
    ['with an unknown element', { Unheard: true }],
    ['for another action', { Action: 's3:ListBucket' }],
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
