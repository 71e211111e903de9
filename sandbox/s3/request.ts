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
  const operation = isList(method, Key, searchParams)
    ? searchParams.has('versions')
      ? 'ListObjectVersions'
      : 'ListObjectsV2'
    : operations[[method, ...(Key && ['object']), ...searchParams.keys()].join(' ')];
  if (Bucket === '' || operation === undefined) {
    throw new AwsError('NotImplemented', `${method} ${url}`, 501);
  }
  const owner = headers['x-amz-expected-bucket-owner'];
  const versionId = searchParams.get('versionId');
  const acl = headers['x-amz-acl'];
  const namespace = headers['x-amz-bucket-namespace'];
  const input = {
    Bucket,
    ...(Key && { Key }),
    ...(versionId && { VersionId: versionId }),
    ...(owner !== undefined && { ExpectedBucketOwner: owner }),
    ...(acl !== undefined && { ACL: acl }),
    ...(namespace !== undefined && { BucketNamespace: namespace }),
    ...(headers['x-amz-bucket-object-lock-enabled'] === 'true' && {
      ObjectLockEnabledForBucket: true,
    }),
    ...(headers['x-amz-skip-destination-validation'] === 'true' && {
      SkipDestinationValidation: true,
    }),
  };
  const root = rootOf(operation);
  if (root !== undefined && (acl === undefined || operation !== 'PutBucketAcl')) {
    return { operation, input: { ...input, [root]: configurationIn(body, root) } };
  }
  if (operation === 'PutBucketPolicy')
    return { operation, input: { ...input, Policy: body.toString() } };
  // Printed calls show the object's size instead of its content.
  const toJSON = (): string => `${body.length} bytes`;
  if (operation === 'PutObject') {
    const { 'if-none-match': IfNoneMatch, 'if-match': IfMatch } = headers;
    return {
      operation,
      input: {
        ...input,
        Body: Object.assign(body, { toJSON }),
        Metadata: metadataIn(headers),
        ...(IfNoneMatch !== undefined && { IfNoneMatch }),
        ...(IfMatch !== undefined && { IfMatch }),
      },
    };
  }
  if (operation === 'ListObjectVersions') {
    const list = {
      Prefix: searchParams.get('prefix') ?? '',
      MaxKeys: Number(searchParams.get('max-keys') ?? 1000),
      KeyMarker: searchParams.get('key-marker') ?? '',
      VersionIdMarker: searchParams.get('version-id-marker') ?? '',
    };
    return { operation, input: { ...input, ...list } };
  }
  if (operation === 'ListObjectsV2') {
    const list = {
      Prefix: searchParams.get('prefix') ?? '',
      Delimiter: searchParams.get('delimiter'),
      MaxKeys: Number(searchParams.get('max-keys') ?? 1000),
      After: pageStarts.map((name) => searchParams.get(name)).find(Boolean) ?? '',
    };
    return { operation, input: { ...input, ...list } };
  }
  return { operation, input };
}

/** The root element of the body of a call that puts a part of the bucket. */
const rootOf = (operation: string): string | undefined =>
  operation === 'PutBucketAcl'
    ? 'AccessControlPolicy'
    : subresources.find((one) => one.put === operation)?.root;

/** The older operation ListObjects has the same answer, and other parameters. */
const isList = (method: string, key: string, parameters: URLSearchParams): boolean =>
  method === 'GET' &&
  key === '' &&
  (parameters.has('list-type') ||
    parameters.has('versions') ||
    parameters.has('prefix') ||
    parameters.has('marker'));

/** The parameters after whose value a page starts. */
const pageStarts = ['continuation-token', 'start-after', 'marker'];

const metadataIn = (headers: IncomingMessage['headers']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith('x-amz-meta-'))
      .map(([name, value]) => [name.slice('x-amz-meta-'.length), String(value)]),
  );

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
  'GET object': 'GetObject',
  'HEAD object': 'HeadObject',
  'DELETE object': 'DeleteObject',
  'GET object versionId': 'GetObject',
  'DELETE object versionId': 'DeleteObject',
  ...Object.fromEntries(
    subresources.flatMap(({ query, get, put, ...one }) => [
      [`GET ${query}`, get],
      [`PUT ${query}`, put],
      ...(one.delete === undefined ? [] : [[`DELETE ${query}`, one.delete]]),
    ]),
  ),
};
