import { createHash } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { Bucket, ObjectVersion, World } from '../world.ts';

type Versions = World['objectVersions'];

const isVersioned = ({ configurations }: Bucket): boolean =>
  configurations?.versioning?.Status === 'Enabled';

/** Keeps a new version, or a delete marker, if the bucket has versioning. It gets the default retention of the bucket. */
export function keepVersion(
  versions: Versions,
  path: string,
  body: Buffer | null,
  bucket: Bucket,
): void {
  if (!isVersioned(bucket)) return;
  const known = versions.get(path) ?? [];
  const VersionId = createHash('sha256').update(`${path} ${known.length}`).digest('base64url');
  const at = new Date();
  const lockedUntil = body === null ? null : defaultRetention(bucket, at);
  versions.set(path, [...known, { VersionId, body, at, lockedUntil }]);
}

/** Source: Amazon S3 API reference, DefaultRetention. */
function defaultRetention({ configurations }: Bucket, at: Date): Date | null {
  const lock = configurations?.['object-lock'] as
    | { Rule?: { DefaultRetention?: { Mode: string; Days?: string; Years?: string } } }
    | undefined;
  const { Mode, Days = '0', Years = '0' } = lock?.Rule?.DefaultRetention ?? {};
  if (Mode !== 'COMPLIANCE') return null;
  return new Date(at.getTime() + (Number(Days) + 365 * Number(Years)) * 24 * 3_600_000);
}

/**
 * Deletes a version for good, and gives those that are left. A locked version cannot be deleted by anyone. Source: Amazon S3 user guide,
 * "Locking objects with Object Lock".
 */
export function deleteVersion(
  versions: Versions,
  path: string,
  VersionId: unknown,
): readonly ObjectVersion[] {
  const known = versions.get(path) ?? [];
  const found = known.find((one) => one.VersionId === VersionId);
  if (found?.lockedUntil && found.lockedUntil > new Date()) {
    const message = 'Access Denied because object protected by object lock.';
    throw new AwsError('AccessDenied', message, 403);
  }
  const left = known.filter((one) => one !== found);
  versions.set(path, left);
  return left;
}

/** Versions by key, the newest of each key first. Source: Amazon S3 API reference, ListObjectVersions. */
export function listedVersions(
  { Bucket, Prefix = '', MaxKeys, KeyMarker = '', VersionIdMarker = '' }: ListInput,
  versions: Versions,
): object {
  const start = `${Bucket}/`;
  const all = [...versions]
    .filter(([path]) => path.startsWith(`${start}${Prefix}`))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([path, known]) =>
      known
        .toReversed()
        .map((one, i) => ({ Key: path.slice(start.length), isLatest: i === 0, one })),
    );
  const marked = all.findIndex(
    ({ Key, one }) => Key === KeyMarker && one.VersionId === VersionIdMarker,
  );
  const page = all.slice(marked + 1, marked + 1 + MaxKeys);
  const last = page.at(-1);
  const isTruncated = marked + 1 + page.length < all.length;
  const entries = page.map(({ Key, isLatest, one }) => ({
    isMarker: one.body === null,
    entry: {
      ...{ Key, VersionId: one.VersionId, IsLatest: isLatest },
      LastModified: one.at.toISOString(),
      ...(one.body !== null && { Size: one.body.length }),
    },
  }));
  return {
    IsTruncated: isTruncated,
    ...(isTruncated && {
      NextKeyMarker: last?.Key,
      NextVersionIdMarker: last?.one.VersionId,
    }),
    Version: entries.filter(({ isMarker }) => !isMarker).map(({ entry }) => entry),
    DeleteMarker: entries.filter(({ isMarker }) => isMarker).map(({ entry }) => entry),
  };
}

type ListInput = {
  readonly Bucket?: unknown;
  readonly Prefix?: unknown;
  readonly MaxKeys: number;
  readonly KeyMarker?: unknown;
  readonly VersionIdMarker?: unknown;
};
