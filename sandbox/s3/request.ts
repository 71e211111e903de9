import type { IncomingMessage } from 'node:http';
import { AwsError } from '../service.ts';
import { subresources } from './subresources.ts';
import { configurationIn } from './xml.ts';

/** S3 with path-style URLs: `/bucket`, and `/bucket?policy` for a subresource. Operations that are not listed are refused. */
export function s3Operation(
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
): { readonly operation: string; readonly input: Readonly<Record<string, unknown>> } {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [Bucket = '', ...key] = pathname.slice(1).split('/');
  searchParams.delete('x-id');
  const Key = decodeURIComponent(key.join('/'));
  const operation = searchParams.has('list-type')
    ? 'ListObjectsV2'
    : operations[[method, ...(Key && ['object']), ...searchParams.keys()].join(' ')];
  if (Bucket === '' || operation === undefined) {
    throw new AwsError('NotImplemented', `${method} ${url}`, 501);
  }
  const owner = headers['x-amz-expected-bucket-owner'];
  const acl = headers['x-amz-acl'];
  const input = {
    Bucket,
    ...(Key && { Key }),
    ...(owner !== undefined && { ExpectedBucketOwner: owner }),
    ...(acl !== undefined && { ACL: acl }),
    ...(headers['x-amz-bucket-object-lock-enabled'] === 'true' && {
      ObjectLockEnabledForBucket: true,
    }),
  };
  const put = subresources.find((one) => one.put === operation);
  if (put !== undefined) {
    return { operation, input: { ...input, [put.root]: configurationIn(body, put.root) } };
  }
  if (operation === 'PutBucketPolicy')
    return { operation, input: { ...input, Policy: body.toString() } };
  // Printed calls show the object's size instead of its content.
  const toJSON = (): string => `${body.length} bytes`;
  if (operation === 'PutObject') {
    return { operation, input: { ...input, Body: Object.assign(body, { toJSON }) } };
  }
  if (operation === 'ListObjectsV2') {
    return { operation, input: { ...input, Prefix: searchParams.get('prefix') ?? '' } };
  }
  return { operation, input };
}

const operations: Readonly<Record<string, string>> = {
  PUT: 'CreateBucket',
  HEAD: 'HeadBucket',
  DELETE: 'DeleteBucket',
  'GET policy': 'GetBucketPolicy',
  'PUT policy': 'PutBucketPolicy',
  'DELETE policy': 'DeleteBucketPolicy',
  'GET location': 'GetBucketLocation',
  'GET acl': 'GetBucketAcl',
  'PUT acl': 'PutBucketAcl',
  'PUT object': 'PutObject',
  'HEAD object': 'HeadObject',
  ...Object.fromEntries(
    subresources.flatMap(({ query, get, put, ...one }) => [
      [`GET ${query}`, get],
      [`PUT ${query}`, put],
      ...(one.delete === undefined ? [] : [[`DELETE ${query}`, one.delete]]),
    ]),
  ),
};
