import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { nameOf } from '#aws/errors.ts';
import { jsonText } from '#text/json-text.ts';
import type { DigestObject } from './digest.ts';

/** The files of one trail in its bucket. Methods throw the errors of S3, but for a file that does not exist. */
export type LogBucket = {
  /** The names of the folders in a folder. Both end with a slash. */
  folders(prefix: string): Promise<readonly string[]>;
  keys(prefix: string): Promise<readonly string[]>;
  /** A digest file; null if it does not exist. */
  digest(key: string): Promise<DigestObject | null>;
  /** The SHA-256 of a log file before compression, in hex; null if it does not exist or is no gzip file. */
  hashOf(key: string): Promise<string | null>;
  /** The ids of the events in a log file; none if it does not exist or is no log file. */
  eventIds(key: string): Promise<readonly string[]>;
};

export const logBucket = (client: S3Client, bucket: string): LogBucket => ({
  async folders(prefix) {
    const found: string[] = [];
    const input = { Bucket: bucket, Prefix: prefix, Delimiter: '/' };
    for await (const { CommonPrefixes = [] } of paginateListObjectsV2({ client }, input)) {
      found.push(...CommonPrefixes.flatMap(({ Prefix }) => Prefix?.slice(prefix.length) ?? []));
    }
    return found;
  },
  async keys(prefix) {
    const found: string[] = [];
    const input = { Bucket: bucket, Prefix: prefix };
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, input)) {
      found.push(...Contents.flatMap(({ Key }) => Key ?? []));
    }
    return found;
  },
  async digest(key) {
    const object = await get(client, bucket, key);
    if (object === null) return null;
    const content = unzipped(await buffer(object.body));
    return { bucket, key, content, signature: object.metadata.signature };
  },
  async hashOf(key) {
    const object = await get(client, bucket, key);
    if (object === null) return null;
    const hash = createHash('sha256');
    try {
      await pipeline(object.body, createGunzip(), hash);
    } catch (error) {
      if (isNoGzip(error)) return null;
      throw error;
    }
    return hash.digest('hex');
  },
  async eventIds(key) {
    const object = await get(client, bucket, key);
    if (object === null) return [];
    const { data } = logFile.safeParse(unzipped(await buffer(object.body)));
    return data?.Records.map(({ eventID }) => eventID) ?? [];
  },
});

/** Why a log file is not the one with this SHA-256 before compression; null if it is. */
export async function logFileProblem(
  files: LogBucket,
  key: string,
  sha256: string,
): Promise<string | null> {
  const hash = await files.hashOf(key);
  if (hash === null) return 'is missing, or is no gzip file';
  return hash === sha256 ? null : 'was changed';
}

const logFile = jsonText(z.object({ Records: z.array(z.object({ eventID: z.string() })) }));

type StoredObject = {
  readonly body: Readable;
  readonly metadata: Readonly<Record<string, string>>;
};

async function get(client: S3Client, Bucket: string, Key: string): Promise<StoredObject | null> {
  try {
    const { Body, Metadata = {} } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return { body: Body as Readable, metadata: Metadata };
  } catch (error) {
    if (nameOf(error) === 'NoSuchKey') return null;
    throw error;
  }
}

/** Empty if it is no gzip file, as no digest file and no log file is. */
function unzipped(compressed: Buffer): string {
  try {
    return gunzipSync(compressed).toString();
  } catch (error) {
    if (isNoGzip(error)) return '';
    throw error;
  }
}

/** The codes of zlib for content that is not what gzip writes. */
const isNoGzip = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^Z_(DATA|BUF)_ERROR$/.test(String(error.code));
