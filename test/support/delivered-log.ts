import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { PublicKeys } from '#log-files/digest.ts';
import type { LogBucket } from '#log-files/log-bucket.ts';
import type { LogPlace } from '#log-files/log-folders.ts';
import { trail } from './baseline.ts';

export const bucketName = 'the-logs';
export const place: LogPlace = {
  ...{ account: trail.accountId, region: 'us-east-1' },
  folder: `AWSLogs/${trail.accountId}/`,
};

/** A time of the hours of these tests, which begin before midnight. */
export const at = (hour: number, minute = 0): string =>
  new Date(Date.UTC(2026, 0, 30, 22 + hour, minute)).toISOString();

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const publicKeys: PublicKeys = new Map([
  ['the-fingerprint', publicKey.export({ type: 'pkcs1', format: 'der' })],
]);

export type StoredFile = { readonly content: string; readonly signature?: string };
export type Files = Map<string, StoredFile>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A bucket in memory, as `LogBucket` reads it. */
export const bucketOf = (files: Files): LogBucket => ({
  async folders(prefix) {
    const below = [...files.keys()].filter((key) => key.startsWith(prefix));
    const folders = below.map((key) => key.slice(prefix.length).split('/'));
    return [...new Set(folders.flatMap(([name, ...more]) => (more.length > 0 ? `${name}/` : [])))];
  },
  keys: async (prefix) => [...files.keys()].filter((key) => key.startsWith(prefix)),
  async digest(key) {
    const file = files.get(key);
    return file === undefined
      ? null
      : { bucket: bucketName, key, content: file.content, signature: file.signature };
  },
  async hashOf(key) {
    const file = files.get(key);
    return file === undefined ? null : sha256(file.content);
  },
  eventIds: async () => [],
});

const folder = (kind: string, time: string): string =>
  `${place.folder}${kind}/${place.region}/${time.slice(0, 10).replaceAll('-', '/')}`;
const stamp = (time: string): string => time.replace(/[-:]|\.\d+/g, '');

/** The key of the log file of a minute. */
export const logKey = (hour: number, minute: number): string => {
  const time = at(hour, minute);
  const name = `${place.account}_CloudTrail_${place.region}_${stamp(time).replace('00Z', 'Z')}`;
  return `${folder('CloudTrail', time)}/${name}_x1.json.gz`;
};

/** The key of the digest file of an hour. */
export const digestKey = (hour: number, trailName = trail.name): string => {
  const end = at(hour + 1);
  const name = `${place.account}_CloudTrail-Digest_${place.region}_${trailName}_${trail.region}`;
  return `${folder('CloudTrail-Digest', end)}/${name}_${stamp(end)}.json.gz`;
};

/** The minutes of an hour in which these tests deliver a log file. */
export const minutes = [5, 58] as const;

/** The files of a number of hours: log files, and a chain of signed digest files. */
export function deliveredLog(hours: number): Files {
  const files: Files = new Map();
  let previous: DigestRef | null = null;
  for (let hour = 0; hour < hours; hour += 1) {
    for (const minute of minutes) files.set(logKey(hour, minute), { content: `${hour} ${minute}` });
    const key = digestKey(hour);
    const content = digestOf(hour, files, previous);
    const signature = signatureOf(hour, content, previous?.signature ?? 'null');
    files.set(key, { content, signature });
    previous = { key, signature };
  }
  return files;
}

type DigestRef = { readonly key: string; readonly signature: string };

/** Source: CloudTrail user guide, "CloudTrail digest file structure". */
function digestOf(hour: number, files: Files, previous: DigestRef | null): string {
  return JSON.stringify({
    ...{ awsAccountId: place.account, digestStartTime: at(hour), digestEndTime: at(hour + 1) },
    ...{ digestS3Bucket: bucketName, digestS3Object: digestKey(hour) },
    ...{ digestPublicKeyFingerprint: 'the-fingerprint', digestSignatureAlgorithm: 'SHA256withRSA' },
    previousDigestS3Object: previous?.key ?? null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: minutes.map((minute) => ({
      ...{ s3Bucket: bucketName, s3Object: logKey(hour, minute), hashAlgorithm: 'SHA-256' },
      hashValue: sha256(files.get(logKey(hour, minute))?.content ?? ''),
    })),
  });
}

/** Source: CloudTrail user guide, "Custom implementations of CloudTrail log file integrity validation". */
export const signatureOf = (hour: number, content: string, previous: string): string =>
  sign(
    'sha256',
    Buffer.from(
      [at(hour + 1), `${bucketName}/${digestKey(hour)}`, sha256(content), previous].join('\n'),
    ),
    privateKey,
  ).toString('hex');
