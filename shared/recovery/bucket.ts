import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { nameOf } from '#aws/errors.ts';

/** The objects of a recovery. Methods throw the errors of S3. */
export type RecoveryBucket = {
  /** The text of an object; null if it does not exist. */
  read(key: string): Promise<string | null>;
  /** The text of an object, and its version. */
  readVersion(key: string): Promise<{ readonly text: string; readonly version: string } | null>;
  write(key: string, text: string): Promise<void>;
  /** Writes an object that was not written since a version, or does not exist if that is null. Returns the new version. */
  writeVersion(key: string, text: string, since: string | null): Promise<string>;
  /** Stores a compressed log file unless it is there already, so that a bucket with versions gets no new one. */
  store(key: string, body: Uint8Array, sha256: string): Promise<void>;
};

export const recoveryBucket = (client: S3Client, Bucket: string): RecoveryBucket => ({
  read: async (key) => (await readVersion(client, Bucket, key))?.text ?? null,
  readVersion: (key) => readVersion(client, Bucket, key),
  async write(Key, Body) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }));
  },
  async writeVersion(Key, Body, since) {
    const condition = since === null ? { IfNoneMatch: '*' } : { IfMatch: since };
    const { ETag = '' } = await client.send(
      new PutObjectCommand({ Bucket, Key, Body, ContentType, ...condition }),
    );
    return ETag;
  },
  async store(Key, Body, sha256) {
    const file = { Bucket, Key, Body, Metadata: { sha256 }, ...contentOfLogFile };
    try {
      await client.send(new PutObjectCommand({ ...file, IfNoneMatch: '*' }));
    } catch (error) {
      if (nameOf(error) !== 'PreconditionFailed') throw error;
      const { Metadata } = await client.send(new HeadObjectCommand({ Bucket, Key }));
      if (Metadata?.sha256 !== sha256) await client.send(new PutObjectCommand(file));
    }
  },
});

const ContentType = 'application/json';
const contentOfLogFile = { ContentType, ContentEncoding: 'gzip' };

async function readVersion(client: S3Client, Bucket: string, Key: string) {
  // Who may not list a bucket gets AccessDenied for an object that does not exist.
  const { Contents = [] } = await client.send(
    new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1 }),
  );
  if (Contents[0]?.Key !== Key) return null;
  const { Body, ETag = '' } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return { text: (await Body?.transformToString()) ?? '', version: ETag };
}
