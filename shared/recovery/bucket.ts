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
  write(key: string, text: string): Promise<void>;
  /** Stores a compressed log file unless it is there already, so that a bucket with versions gets no new one. */
  store(key: string, body: Uint8Array, sha256: string): Promise<void>;
};

export const recoveryBucket = (client: S3Client, Bucket: string): RecoveryBucket => ({
  async read(Key) {
    // Who may not list a bucket gets AccessDenied for an object that does not exist.
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1 }),
    );
    if (Contents[0]?.Key !== Key) return null;
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToString()) ?? null;
  },
  async write(Key, Body) {
    const ContentType = 'application/json';
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType }));
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

const contentOfLogFile = { ContentType: 'application/json', ContentEncoding: 'gzip' };
