import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { type EvidenceFile, linkPrefix } from '#watchtower/evidence-chain.ts';
import { choose } from '../context.ts';
import type { GlobalOptions } from '../options.ts';

/** A later version of a link, or a delete marker: someone tried to hide the first one, which counts. */
export type HiddenVersion = { readonly key: string; readonly problem: string };

/** The links in a folder, in the order of their names. */
export async function* evidenceInFolder(folder: string): AsyncGenerator<EvidenceFile> {
  const found = await readdir(folder, { recursive: true });
  const names = found.filter((name) => /(^|\/)\d{12}\.json$/.test(name));
  if (names.length === 0) {
    throw new Error(`${folder} has no evidence: copy it with aws s3 sync s3://BUCKET ${folder}`);
  }
  for (const name of names.toSorted((one, other) => (basename(one) < basename(other) ? -1 : 1))) {
    const text = await readFile(join(folder, name), 'utf8');
    yield { key: `${linkPrefix}${basename(name)}`, text };
  }
}

/** The first version of each link in a bucket, in the order of their names. */
export async function* evidenceInBucket(
  Bucket: string,
  options: GlobalOptions,
  onHidden: (hidden: HiddenVersion) => void,
): AsyncGenerator<EvidenceFile> {
  choose(options);
  const s3 = new S3Client({ followRegionRedirects: true });
  for await (const [Key, versions] of byKey(s3, Bucket)) {
    const first = versions.at(-1);
    if (versions.length > 1) {
      onHidden({ key: Key, problem: 'was overwritten or deleted: its first version counts' });
    }
    if (first?.isMarker !== false) continue;
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket, Key, VersionId: first.VersionId }),
    );
    yield { key: Key, text: (await Body?.transformToString()) ?? '' };
  }
}

type Version = { readonly VersionId: string | undefined; readonly isMarker: boolean };

/** The versions of each key, the newest first. A page may end within a key. */
async function* byKey(
  s3: S3Client,
  Bucket: string,
): AsyncGenerator<readonly [string, readonly Version[]]> {
  let marker: Pick<ListObjectVersionsCommandOutput, 'NextKeyMarker' | 'NextVersionIdMarker'> = {};
  let open: readonly [string, readonly Version[]] | null = null;
  do {
    const page: ListObjectVersionsCommandOutput = await s3.send(
      new ListObjectVersionsCommand({
        ...{ Bucket, Prefix: linkPrefix },
        KeyMarker: marker.NextKeyMarker,
        VersionIdMarker: marker.NextVersionIdMarker,
      }),
    );
    const { Versions = [], DeleteMarkers = [] } = page;
    const entries = [
      ...Versions.map((one) => ({ ...one, isMarker: false })),
      ...DeleteMarkers.map((one) => ({ ...one, isMarker: true })),
    ].toSorted(
      (one, other) =>
        compare(one.Key, other.Key) ||
        Number(other.LastModified ?? 0) - Number(one.LastModified ?? 0),
    );
    for (const { Key = '', VersionId, isMarker } of entries) {
      if (open !== null && open[0] !== Key) yield open;
      const known: readonly Version[] = open?.[0] === Key ? open[1] : [];
      open = [Key, [...known, { VersionId, isMarker }]];
    }
    marker = page.IsTruncated === true ? page : {};
  } while (marker.NextKeyMarker !== undefined);
  if (open !== null) yield open;
}

const compare = (one = '', other = ''): number => (one < other ? -1 : one > other ? 1 : 0);
