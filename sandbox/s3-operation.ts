import type { IncomingMessage } from 'node:http';
import { AwsError } from './service.ts';

/** S3 in path style: `/bucket`, and `/bucket?policy` for a sub-resource. What is not listed is refused. */
export function s3Operation(
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
): { readonly operation: string; readonly input: Readonly<Record<string, unknown>> } {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const [Bucket = '', ...key] = pathname.slice(1).split('/');
  searchParams.delete('x-id');
  const operation = operations[[method, ...searchParams.keys()].join(' ')];
  if (Bucket === '' || key.join('') !== '' || operation === undefined) {
    throw new AwsError('NotImplemented', `${method} ${url}`, 501);
  }
  const owner = headers['x-amz-expected-bucket-owner'];
  const input = { Bucket, ...(owner !== undefined && { ExpectedBucketOwner: owner }) };
  const Policy = body.toString();
  return { operation, input: operation === 'PutBucketPolicy' ? { ...input, Policy } : input };
}

const operations: Readonly<Record<string, string>> = {
  PUT: 'CreateBucket',
  HEAD: 'HeadBucket',
  DELETE: 'DeleteBucket',
  'GET policy': 'GetBucketPolicy',
  'PUT policy': 'PutBucketPolicy',
  'DELETE policy': 'DeleteBucketPolicy',
};
