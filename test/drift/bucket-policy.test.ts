import { describe, expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import { isNoOp } from '#gaps/no-op.ts';
import { organization, settings, states, trail } from '../support/baseline.ts';
import { call } from '../support/recorded-calls.ts';

const { S3BucketName, S3KeyPrefix } = settings;
const bucket = `arn:aws:s3:::${S3BucketName}`;
const owner = states.destinations.BucketOwner;
const service = { Service: 'cloudtrail.amazonaws.com' };
const conditions = {
  StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceArn': trail.arn },
};

/** The policy of AWS's documentation for the bucket of an organization trail. */
const acl = { Effect: 'Allow', Principal: service, Action: 's3:GetBucketAcl', Resource: bucket };
const write = {
  Sid: 'AWSCloudTrailWrite20150319',
  Effect: 'Allow',
  Principal: service,
  Action: 's3:PutObject',
  Resource: [
    `${bucket}/${S3KeyPrefix}/AWSLogs/${trail.accountId}/*`,
    `${bucket}/${S3KeyPrefix}/AWSLogs/${organization}/*`,
  ],
  Condition: conditions,
};
const insecure = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: [bucket, `${bucket}/*`],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};

/** A statement for everyone who meets a condition. */
const opened = (Condition: object) => ({
  ...{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${bucket}/*` },
  Condition,
});
const closed = (Condition: object) => ({ ...insecure, Condition });
const another = 'o-zzzzzzzzzz';

const isNoOpWith = (...Statement: readonly object[]): boolean =>
  isNoOp(
    call({
      seconds: 1,
      eventSource: 's3.amazonaws.com',
      eventName: 'PutBucketPolicy',
      parameters: {
        bucketName: S3BucketName,
        bucketPolicy: { Version: '2012-10-17', Statement },
        policy: '',
      },
    }),
    { trail, organization, states, policy: {} },
    kinds,
  );

describe('a bucket policy that lets CloudTrail deliver, and no one outside in, is a no-op:', () => {
  test.each<[string, readonly object[]]>([
    ['that of the documentation', [acl, write]],
    [
      'with wildcards',
      [
        { ...acl, Action: ['s3:Get*'] },
        { ...write, Resource: `${bucket}/*` },
      ],
    ],
    [
      'in one statement',
      [
        {
          ...{ ...write, Action: 's3:*', Resource: [bucket, `${bucket}/*`] },
          Condition: { StringEquals: { 'aws:SourceArn': trail.arn } },
        },
      ],
    ],
    ['with a denial of calls that are not encrypted', [acl, write, insecure]],
    [
      'with a denial of deletions',
      [acl, write, { ...insecure, Action: 's3:DeleteObject*', Condition: {} }],
    ],
    [
      'with a denial for a role',
      [
        acl,
        write,
        {
          ...insecure,
          Principal: { AWS: `arn:aws:iam::${trail.accountId}:role/x` },
          Condition: {},
        },
      ],
    ],
    [
      'with readers of the accounts of the trail and of the bucket',
      [
        acl,
        write,
        ...[`arn:aws:iam::${trail.accountId}:role/reader`, owner].map((AWS) => ({
          Effect: 'Allow',
          Principal: { AWS },
          Action: 's3:GetObject',
          Resource: `${bucket}/*`,
        })),
      ],
    ],
    [
      'that of a landing zone of Control Tower',
      [acl, { ...write, Condition: { StringEquals: { 'aws:SourceOrgID': organization } } }],
    ],
    [
      'opened to the organization',
      [acl, write, opened({ StringEquals: { 'aws:PrincipalOrgID': [organization] } })],
    ],
    [
      'opened to services that act for the organization',
      [acl, write, opened({ StringEquals: { 'aws:SourceOrgID': organization } })],
    ],
    [
      'opened to a part of the organization',
      [
        acl,
        write,
        opened({
          'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${organization}/r-ab12/ou-*` },
        }),
      ],
    ],
    [
      'opened to the account of the bucket by a condition',
      [acl, write, opened({ StringEquals: { 'aws:PrincipalAccount': owner } })],
    ],
    [
      'closed to everyone outside the organization but AWS services',
      [
        acl,
        write,
        closed({
          StringNotEqualsIfExists: { 'aws:PrincipalOrgID': organization },
          BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
        }),
        closed({
          StringNotEqualsIfExists: { 'aws:SourceOrgID': organization },
          Bool: { 'aws:PrincipalIsAWSService': 'true' },
        }),
      ],
    ],
    [
      'with another service',
      [acl, write, { ...acl, Principal: { Service: 'config.amazonaws.com' }, Condition: {} }],
    ],
  ])('%s', (_what, statements) => {
    expect(isNoOpWith(...statements)).toBe(true);
  });
});

describe('no other policy is:', () => {
  test.each<[string, readonly object[]]>([
    ['an empty one', []],
    ['one without the right to write', [acl]],
    ['one without the right to read the ACL', [write]],
    [
      'one that lets CloudTrail read the ACL only if it sends one',
      [{ ...write, Action: 's3:*', Resource: [bucket, `${bucket}/*`] }],
    ],
    ['one for another prefix', [acl, { ...write, Resource: `${bucket}/AWSLogs/*` }]],
    ['one for another bucket', [acl, { ...write, Resource: `${bucket}-2/*` }]],
    ['one for one account of the organization', [acl, { ...write, Resource: write.Resource[0] }]],
    [
      'one for log files without digests',
      [acl, { ...write, Resource: `${bucket}/*/CloudTrail/*` }],
    ],
    [
      'one for another trail',
      [acl, { ...write, Condition: { StringEquals: { 'aws:SourceArn': `${trail.arn}-2` } } }],
    ],
    [
      'one with a condition that is not known',
      [acl, { ...write, Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }],
    ],
    ['one that denies the writes', [acl, write, { ...write, Effect: 'Deny', Condition: {} }]],
    ['one that denies everything', [acl, write, { ...insecure, Condition: {} }]],
    [
      'one that denies writes of other encryption',
      [
        acl,
        write,
        {
          ...insecure,
          Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
        },
      ],
    ],
    ...Object.entries({
      'another organization': { StringEquals: { 'aws:PrincipalOrgID': another } },
      'this and another organization': {
        StringEquals: { 'aws:PrincipalOrgID': [organization, another] },
      },
      'every organization': { StringLike: { 'aws:PrincipalOrgID': 'o-*' } },
      'callers of no organization': {
        StringEqualsIfExists: { 'aws:PrincipalOrgID': organization },
      },
      'every caller outside the organization': {
        StringNotEquals: { 'aws:PrincipalOrgID': organization },
      },
      'callers without a path': {
        'ForAllValues:StringLike': { 'aws:PrincipalOrgPaths': `${organization}/*` },
      },
      'paths that begin alike': {
        'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${organization}*` },
      },
      'another account': { StringEquals: { 'aws:PrincipalAccount': '444455556666' } },
    }).map(([whom, condition]): [string, readonly object[]] => [
      `one that is opened to ${whom}`,
      [acl, write, opened(condition)],
    ]),
    [
      'one that lets no service write for this organization',
      [acl, { ...write, Condition: { StringEquals: { 'aws:SourceOrgID': another } } }],
    ],
    [
      'one that only principals of the organization may use, which CloudTrail is not',
      [acl, { ...write, Condition: { StringEquals: { 'aws:PrincipalOrgID': organization } } }],
    ],
    [
      'one for the path of another organization',
      [
        acl,
        {
          ...write,
          Resource: [write.Resource[0], `${bucket}/${S3KeyPrefix}/AWSLogs/${another}/*`],
        },
      ],
    ],
    [
      'one that closes the bucket to AWS services too',
      [acl, write, closed({ StringNotEqualsIfExists: { 'aws:PrincipalOrgID': organization } })],
    ],
    [
      'one that denies the check of the ACL, which sends no ACL',
      [acl, write, closed({ StringNotEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } })],
    ],
    ['one that lets everybody in', [acl, write, { ...acl, Principal: '*' }]],
    ['one that lets everybody in, by account', [acl, write, { ...acl, Principal: { AWS: ['*'] } }]],
    [
      'one that lets an outsider in',
      [acl, write, { ...acl, Principal: { AWS: 'arn:aws:iam::444455556666:root' } }],
    ],
    ['one with a statement that is not understood', [acl, write, { ...acl, NotAction: 's3:Get*' }]],
    [
      'one with NotPrincipal',
      [acl, write, { ...insecure, Principal: undefined, NotPrincipal: { AWS: '1' } }],
    ],
    ['one of nonsense', [7 as never]],
  ])('%s', (_what, statements) => {
    expect(isNoOpWith(...statements)).toBe(false);
  });
});
