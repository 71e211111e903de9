import {
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { nameOf } from '#aws/errors.ts';
import {
  type ChainHead,
  type EvidenceLink,
  linkAfter,
  linkHash,
  linkKey,
  linkPrefix,
} from './evidence-chain.ts';

/** Other writers may take the next number so often before this one gives up. */
const mostTries = 10;

/**
 * Writes the next link, and gives the new head. S3 refuses to overwrite (`If-None-Match`), so of two writers with the same number one
 * continues after the other. `known` is the head as it was last seen; null reads the bucket.
 */
export async function appendLink(
  s3: S3Client,
  Bucket: string,
  known: ChainHead | null,
  content: Pick<EvidenceLink, 'at' | 'account' | 'records'>,
): Promise<ChainHead> {
  let head = known ?? (await headIn(s3, Bucket, 0));
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const { number, text } = linkAfter(head, content);
    try {
      await s3.send(
        new PutObjectCommand({ Bucket, Key: linkKey(number), Body: text, IfNoneMatch: '*' }),
      );
      return { number, hash: linkHash(text) };
    } catch (error) {
      // The second one: another writer was writing this key at the time. Source: Amazon S3 API reference, PutObject.
      if (!['PreconditionFailed', 'ConditionalRequestConflict'].includes(nameOf(error)))
        throw error;
      head = (await headIn(s3, Bucket, head?.number ?? 0)) ?? head;
    }
  }
  throw new Error(
    `${linkKey((head?.number ?? 0) + 1)}: other writers came first ${mostTries} times`,
  );
}

/** The last link from a number on; null if there is none. */
async function headIn(s3: S3Client, Bucket: string, from: number): Promise<ChainHead | null> {
  const range = {
    Bucket,
    Prefix: linkPrefix,
    ...(from > 1 && { StartAfter: linkKey(from - 1) }),
  };
  let Key: string | undefined;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, range)) {
    Key = Contents.at(-1)?.Key ?? Key;
  }
  if (Key === undefined) return null;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const text = (await Body?.transformToString()) ?? '';
  return { number: Number(/(\d+)\.json$/.exec(Key)?.[1] ?? 0), hash: linkHash(text) };
}
