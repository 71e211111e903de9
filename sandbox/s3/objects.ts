import { createHash } from 'node:crypto';
import type { Operation, Service } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import type { Bucket, World } from '../world.ts';
import { bucketFor } from './access.ts';
import { deleteVersion, keepVersion, listedVersions } from './versions.ts';

/** The part of Amazon S3 that publishes the assets of a CDK app. */
export const s3Objects: Service = {
  GetBucketLocation: onBucket('s3:GetBucketLocation', ({ region }) => ({
    LocationConstraint: region,
  })),
  ListObjectsV2: onBucket('s3:ListBucket', ({ input }, { objects }) => ({
    ListBucketResult: listed(input, objects),
  })),
  HeadObject: onObject('s3:GetObject', (call, { objects, objectMetadata }) => {
    if (!objects.has(pathOf(call))) throw new AwsError('NotFound', 'Not Found', 404);
    return { Body: Buffer.alloc(0), Metadata: objectMetadata.get(pathOf(call)) ?? {} };
  }),
  ListObjectVersions: onBucket('s3:ListBucketVersions', ({ input }, { objectVersions }) => ({
    ListVersionsResult: listedVersions(
      { ...input, MaxKeys: Number(input.MaxKeys) },
      objectVersions,
    ),
  })),
  GetObject: onObject('s3:GetObject', (call, { objects, objectMetadata, objectVersions }) => {
    const { VersionId } = call.input;
    const versions = objectVersions.get(pathOf(call)) ?? [];
    const Body =
      VersionId === undefined
        ? objects.get(pathOf(call))
        : versions.find((one) => one.VersionId === VersionId)?.body;
    if (!Body) {
      throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    }
    return { Body, Metadata: objectMetadata.get(pathOf(call)) ?? {}, ETag: etagOf(Body) };
  }),
  /** Source: Amazon S3 user guide, "How to prevent object overwrites with conditional writes". */
  PutObject: onObject(
    's3:PutObject',
    (call, { objects, objectMetadata, objectVersions }, bucket) => {
      const { IfNoneMatch, IfMatch } = call.input;
      const before = objects.get(pathOf(call));
      const isMet =
        (IfNoneMatch === undefined || before === undefined) &&
        (IfMatch === undefined || (before !== undefined && etagOf(before) === IfMatch));
      if (!isMet) {
        const message = 'At least one of the pre-conditions you specified did not hold';
        throw new AwsError('PreconditionFailed', message, 412);
      }
      const body = call.input.Body as Buffer;
      objects.set(pathOf(call), body);
      keepVersion(objectVersions, pathOf(call), body, bucket);
      objectMetadata.set(pathOf(call), (call.input.Metadata ?? {}) as Record<string, string>);
      return { Body: Buffer.alloc(0), Metadata: {}, ETag: etagOf(body) };
    },
  ),
  DeleteObject: onObject('s3:DeleteObject', (call, world, bucket) => {
    const { objects, objectMetadata, objectVersions } = world;
    const { VersionId } = call.input;
    if (VersionId !== undefined) {
      const latest = deleteVersion(objectVersions, pathOf(call), VersionId).at(-1)?.body;
      if (latest) objects.set(pathOf(call), latest);
      else objects.delete(pathOf(call));
      return;
    }
    keepVersion(objectVersions, pathOf(call), null, bucket);
    objects.delete(pathOf(call));
    objectMetadata.delete(pathOf(call));
  }),
};

type Perform = Operation['perform'];
type PerformIn = (call: Call, world: World, bucket: Bucket) => ReturnType<Perform>;

function onBucket(action: string, perform: Perform): Operation {
  return {
    needs: () => [],
    perform(call, world) {
      bucketFor(call, world, action);
      return perform(call, world);
    },
  };
}

function onObject(action: string, perform: PerformIn): Operation {
  return {
    needs: () => [],
    perform(call, world) {
      const bucket = bucketFor(call, world, versioned(call, action), String(call.input.Key));
      return perform(call, world, bucket);
    },
  };
}

/** What a call about one version needs. Source: Amazon S3 API reference, GetObject and DeleteObject. */
const versioned = ({ input }: Call, action: string): string =>
  input.VersionId === undefined ? action : `${action}Version`;

/** Keys in order, from the key after `After`; those with a delimiter after the prefix are summed up. */
function listed(
  { Bucket, Prefix, Delimiter, MaxKeys, After }: Call['input'],
  objects: World['objects'],
): object {
  const start = `${Bucket}/`;
  const entryOf = (key: string): string => {
    const end = Delimiter ? key.indexOf(String(Delimiter), String(Prefix).length) : -1;
    return end < 0 ? key : key.slice(0, end + 1);
  };
  const keys = [...objects.keys()]
    .filter((path) => path.startsWith(`${start}${Prefix}`))
    .map((path) => path.slice(start.length));
  const entries = [...new Set(keys.map(entryOf))].filter((one) => one > String(After)).toSorted();
  const page = entries.slice(0, Number(MaxKeys));
  const isTruncated = page.length < entries.length;
  return {
    KeyCount: page.length,
    IsTruncated: isTruncated,
    ...(isTruncated && { NextContinuationToken: page.at(-1) }),
    Contents: page
      .filter((key) => objects.has(`${start}${key}`))
      .map((Key) => ({ Key, Size: objects.get(`${start}${Key}`)?.length })),
    CommonPrefixes: page
      .filter((key) => !objects.has(`${start}${key}`))
      .map((one) => ({ Prefix: one })),
  };
}

const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;

const pathOf = ({ input: { Bucket, Key } }: Call): string => `${Bucket}/${Key}`;
