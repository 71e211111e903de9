import { describe, expect, test } from 'vitest';
import { kinds } from '#drift/index.ts';
import { isNoOp } from '#gaps/no-op.ts';
import { organization, settings, states, trail } from '../support/baseline.ts';
import { call } from '../support/recorded-calls.ts';

const { S3BucketName, S3KeyPrefix } = settings;
const bucket = `arn:aws:s3:::${S3BucketName}`;
const owner = states.bucket.Owner;
const service = { Service: 'cloudtrail.amazonaws.com' };
const conditions = {
  StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceArn': trail.arn },
};

/** The documented policy for the bucket of an organization trail. */
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

/** A statement that allows all principals that meet a condition. */
const opened = (Condition: object) => ({
  ...{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${bucket}/*` },
  Condition,
});
const closed = (Condition: object) => ({ ...insecure, Condition });
const another = 'o-zzzzzzzzzz';

const folders = ['CloudTrail', 'CloudTrail-Digest', 'CloudTrail-Insight'];
const foldersExcept = (missing: string) =>
  folders.filter((one) => one !== missing).map((one) => `${bucket}/*/${one}/*`);

/** A baseline that does not protect the policy itself: only what it means for the trail counts. */
const unprotected = { CloudTrailStatements: null, Denials: null, OtherStatements: null };
const ofMeaning = { ...states, bucket: { ...states.bucket, ...unprotected } };

const isNoOpWith = (...statements: readonly object[]) => isNoOpFor(settings, statements);

/** The same for a trail with these settings. */
const isNoOpFor = (named: object, Statement: readonly object[]): boolean =>
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
    { trail, organization, states: { ...ofMeaning, settings: named }, policy: {} },
    kinds,
  );

describe('a change to a bucket policy that allows CloudTrail but no outsider is a no-op:', () => {
  test.each<[string, readonly object[]]>([
    ['the documented policy', [acl, write]],
    [
      'with wildcards',
      [
        { ...acl, Action: ['s3:Get*'] },
        { ...write, Resource: `${bucket}/*` },
      ],
    ],
    ['a policy that names each folder', [acl, { ...write, Resource: foldersExcept('') }]],
    [
      'a policy in one statement',
      [
        {
          ...{ ...write, Action: 's3:*', Resource: [bucket, `${bucket}/*`] },
          Condition: { StringEquals: { 'aws:SourceArn': trail.arn } },
        },
      ],
    ],
    ['a policy that denies unencrypted calls', [acl, write, insecure]],
    [
      'a policy that denies deletions',
      [acl, write, { ...insecure, Action: 's3:DeleteObject*', Condition: {} }],
    ],
    [
      'a policy that denies a role',
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
      'a policy with readers in the accounts of the trail and the bucket',
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
      'the policy of a Control Tower landing zone',
      [acl, { ...write, Condition: { StringEquals: { 'aws:SourceOrgID': organization } } }],
    ],
    [
      'a policy that allows the organization',
      [acl, write, opened({ StringEquals: { 'aws:PrincipalOrgID': [organization] } })],
    ],
    [
      'a policy that allows services acting for the organization',
      [acl, write, opened({ StringEquals: { 'aws:SourceOrgID': organization } })],
    ],
    [
      'a policy that allows an organizational unit',
      [
        acl,
        write,
        opened({
          'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${organization}/r-ab12/ou-*` },
        }),
      ],
    ],
    [
      'a policy that allows services acting for an organizational unit',
      [
        acl,
        write,
        opened({ 'ForAnyValue:StringLike': { 'aws:SourceOrgPaths': `${organization}/*` } }),
      ],
    ],
    [
      'a policy that allows services acting for the bucket’s account',
      [acl, write, opened({ StringEquals: { 'aws:SourceAccount': owner } })],
    ],
    [
      'a policy that denies old versions of TLS',
      [acl, write, closed({ NumericLessThan: { 's3:TlsVersion': '1.2' } })],
    ],
    [
      'a policy that allows the bucket’s account by a condition',
      [acl, write, opened({ StringEquals: { 'aws:PrincipalAccount': owner } })],
    ],
    [
      'a policy that denies all outside the organization except AWS services',
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
      'a policy with another service',
      [acl, write, { ...acl, Principal: { Service: 'config.amazonaws.com' }, Condition: {} }],
    ],
  ])('%s', (_what, statements) => {
    expect(isNoOpWith(...statements)).toBe(true);
  });
});

test('a bucket without a prefix has the folders at its top', () => {
  const folder = `${bucket}/AWSLogs`;
  const Resource = [`${folder}/${trail.accountId}/*`, `${folder}/${organization}/*`];
  const named = { ...settings, S3KeyPrefix: null };

  expect(isNoOpFor(named, [acl, { ...write, Resource }])).toBe(true);
  expect(isNoOpFor(named, [acl, write])).toBe(false);
});

test('a trail of one account needs its folder alone', () => {
  const Resource = `${bucket}/${S3KeyPrefix}/AWSLogs/${trail.accountId}/*`;

  expect(
    isNoOpFor({ ...settings, IsOrganizationTrail: false }, [acl, { ...write, Resource }]),
  ).toBe(true);
  expect(isNoOpFor(settings, [acl, { ...write, Resource }])).toBe(false);
});

describe('a change to any other policy is not:', () => {
  test.each<[string, readonly object[]]>([
    ['an empty policy', []],
    ['a policy without permission to write', [acl]],
    ['a policy without permission to read the ACL', [write]],
    [
      'a policy that allows reading the ACL only in requests with an ACL',
      [{ ...write, Action: 's3:*', Resource: [bucket, `${bucket}/*`] }],
    ],
    ['a policy for another prefix', [acl, { ...write, Resource: `${bucket}/AWSLogs/*` }]],
    ['a policy for another bucket', [acl, { ...write, Resource: `${bucket}-2/*` }]],
    [
      'a policy for one account of the organization',
      [acl, { ...write, Resource: write.Resource[0] }],
    ],
    ...folders.map((missing): [string, readonly object[]] => [
      `a policy without the folder ${missing}`,
      [acl, { ...write, Resource: foldersExcept(missing) }],
    ]),
    [
      'a policy that denies AWS services',
      [acl, write, closed({ Bool: { 'aws:PrincipalIsAWSService': 'true' } })],
    ],
    [
      'a policy for another trail',
      [acl, { ...write, Condition: { StringEquals: { 'aws:SourceArn': `${trail.arn}-2` } } }],
    ],
    [
      'a policy with an unknown condition',
      [acl, { ...write, Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }],
    ],
    ['a policy that denies the writes', [acl, write, { ...write, Effect: 'Deny', Condition: {} }]],
    ['a policy that denies everything', [acl, write, { ...insecure, Condition: {} }]],
    [
      'a policy that denies writes with other encryption',
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
      'callers outside every organization': {
        StringEqualsIfExists: { 'aws:PrincipalOrgID': organization },
      },
      'every caller outside the organization': {
        StringNotEquals: { 'aws:PrincipalOrgID': organization },
      },
      'callers without a path': {
        'ForAllValues:StringLike': { 'aws:PrincipalOrgPaths': `${organization}/*` },
      },
      'paths with the same beginning': {
        'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': `${organization}*` },
      },
      'another account': { StringEquals: { 'aws:PrincipalAccount': '444455556666' } },
    }).map(([whom, condition]): [string, readonly object[]] => [
      `a policy that allows ${whom}`,
      [acl, write, opened(condition)],
    ]),
    [
      'a policy that allows no service to write for this organization',
      [acl, { ...write, Condition: { StringEquals: { 'aws:SourceOrgID': another } } }],
    ],
    [
      'a policy only for principals of the organization, which excludes CloudTrail',
      [acl, { ...write, Condition: { StringEquals: { 'aws:PrincipalOrgID': organization } } }],
    ],
    [
      'a policy for the path of another organization',
      [
        acl,
        {
          ...write,
          Resource: [write.Resource[0], `${bucket}/${S3KeyPrefix}/AWSLogs/${another}/*`],
        },
      ],
    ],
    [
      'a policy that also denies AWS services',
      [acl, write, closed({ StringNotEqualsIfExists: { 'aws:PrincipalOrgID': organization } })],
    ],
    [
      'a policy that denies the ACL check, whose requests have no ACL',
      [acl, write, closed({ StringNotEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } })],
    ],
    [
      'a policy that denies the newest but one version of TLS',
      [acl, write, closed({ NumericLessThan: { 's3:TlsVersion': ['1.2', '1.3'] } })],
    ],
    [
      'a policy that denies encrypted calls',
      [acl, write, closed({ Bool: { 'aws:SecureTransport': ['false', 'true'] } })],
    ],
    [
      'a policy that denies another service together with CloudTrail',
      [
        acl,
        write,
        {
          ...{ ...insecure, Condition: {} },
          Principal: { Service: ['config.amazonaws.com', service.Service] },
        },
      ],
    ],
    [
      'a policy that allows everyone in a network',
      [acl, write, opened({ StringEquals: { 'aws:SourceVpc': 'vpc-1' } })],
    ],
    [
      'a policy that allows a user of an unknown account',
      [acl, write, { ...acl, Principal: { AWS: owner, CanonicalUser: '79a59df900b949e5' } }],
    ],
    ['a policy that allows everyone', [acl, write, { ...acl, Principal: '*' }]],
    ['a policy that allows all accounts', [acl, write, { ...acl, Principal: { AWS: ['*'] } }]],
    [
      'a policy that allows an outsider',
      [acl, write, { ...acl, Principal: { AWS: 'arn:aws:iam::444455556666:root' } }],
    ],
    ['a policy with an unsupported statement', [acl, write, { ...acl, NotAction: 's3:Get*' }]],
    [
      'a policy with NotPrincipal',
      [acl, write, { ...insecure, Principal: undefined, NotPrincipal: { AWS: '1' } }],
    ],
    ['an invalid policy', [7 as never]],
  ])('%s', (_what, statements) => {
    expect(isNoOpWith(...statements)).toBe(false);
  });
});
