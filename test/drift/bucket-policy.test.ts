import { describe, expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import { isNoOp } from '#gaps/no-op.ts';
import { settings, states, trail } from '../support/baseline.ts';
import { call } from '../support/recorded-calls.ts';

const { S3BucketName, S3KeyPrefix } = settings;
const bucket = `arn:aws:s3:::${S3BucketName}`;
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
    `${bucket}/${S3KeyPrefix}/AWSLogs/o-a1b2c3d4e5/*`,
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
    { trail, states, policy: {} },
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
    ['in one statement', [{ ...write, Action: 's3:*', Resource: [bucket, `${bucket}/*`] }]],
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
        ...[`arn:aws:iam::${trail.accountId}:role/reader`, states.destinations.BucketOwner].map(
          (AWS) => ({
            Effect: 'Allow',
            Principal: { AWS },
            Action: 's3:GetObject',
            Resource: `${bucket}/*`,
          }),
        ),
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
