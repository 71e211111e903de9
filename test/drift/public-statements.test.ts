import { describe, expect, test } from 'vitest';
import { addedForEveryone } from '#drift/dependencies/public-statements.ts';
import type { Json } from '#text/diff.ts';

const open = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' };
const added = (...actual: readonly Json[]) =>
  addedForEveryone([
    { path: 'OtherStatements', desired: [{ ...open, Action: 's3:Get*' }], actual },
  ]);

// Source: Amazon S3 user guide, "Blocking public access to your Amazon S3 storage", "The meaning of public".

describe('an added statement is public', () => {
  test.each<[string, object]>([
    ['for everyone', {}],
    ['for every account', { Principal: { AWS: ['222233334444', '*'] } }],
    ['for all but one', { Principal: undefined, NotPrincipal: { AWS: '222233334444' } }],
    ['with a wildcard', { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::*' } } }],
    [
      'with a variable',
      { Condition: { StringEquals: { 'aws:SourceVpc': [`\${aws:SourceVpc}`] } } },
    ],
    [
      'with a wildcard beside a fixed value',
      { Condition: { StringLike: { 'aws:userid': ['A', '*'] } } },
    ],
    ['without one value', { Condition: { StringNotEquals: { 'aws:SourceAccount': '1' } } }],
    ['if a key is there', { Condition: { StringEqualsIfExists: { 'aws:SourceAccount': '1' } } }],
    ['over TLS', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
  ])('%s', (_case, members) => {
    const statement = JSON.parse(JSON.stringify({ ...open, ...members }));

    expect(added(statement)).toStrictEqual([statement]);
  });
});

test.each<[string, Json]>([
  ['is a Deny', { ...open, Effect: 'Deny' }],
  ['names accounts', { ...open, Principal: { AWS: '222233334444' } }],
  [
    'names a network',
    { ...open, Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1a2b3c4d' } } },
  ],
  ['was captured', { ...open, Action: ['s3:Get*'], Sid: 'Renamed' }],
  ['names a service', { ...open, Principal: { Service: 'config.amazonaws.com' } }],
  [
    'also names a network',
    {
      ...open,
      Condition: { StringEquals: { 'aws:UserAgent': 'curl', 'aws:SourceVpc': 'vpc-1a2b3c4d' } },
    },
  ],
])('a statement that %s stays', (_case, statement) => {
  expect(added(statement)).toStrictEqual([]);
});

test('only what was added to the policy counts', () => {
  const change = { path: 'Lifecycle.Rules', desired: [], actual: [open] };

  expect(addedForEveryone([change])).toStrictEqual([]);
});
