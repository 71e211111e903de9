import { expect, test } from 'vitest';
import { checkDigest, type DigestObject } from '#log-files/digest.ts';
import {
  bucketName,
  deliveredLog,
  digestKey,
  publicKeys,
  signatureOf,
} from '../support/delivered-log.ts';

const stored = deliveredLog(2).get(digestKey(1));
const object: DigestObject = {
  ...{ bucket: bucketName, key: digestKey(1), content: stored?.content ?? '' },
  signature: stored?.signature,
};
const content = JSON.parse(object.content);

test('a digest file as CloudTrail delivered it is valid', () => {
  expect(checkDigest(object, publicKeys)).toEqual({
    digest: expect.objectContaining({ digestS3Object: digestKey(1) }),
    problem: null,
  });
});

test.each<[string, Partial<DigestObject>, RegExp]>([
  ['no JSON', { content: '{' }, /^is not a digest file$/],
  ['other JSON', { content: '{}' }, /^is not a digest file$/],
  ['nothing', { content: '' }, /^is not a digest file$/],
  [
    'of another hash algorithm',
    {
      content: JSON.stringify({
        ...content,
        logFiles: [{ ...content.logFiles[0], hashAlgorithm: 'MD5' }],
      }),
    },
    /^is not a digest file$/,
  ],
  [
    'of another signature algorithm',
    { content: JSON.stringify({ ...content, digestSignatureAlgorithm: 'none' }) },
    /^is not a digest file$/,
  ],
  ['in another place', { key: 'elsewhere' }, /^was delivered as s3:\/\/the-logs\/AWSLogs\//],
  ['in another bucket', { bucket: 'elsewhere' }, /^was delivered as s3:\/\/the-logs\/AWSLogs\//],
  ['without a signature', { signature: undefined }, /^has no signature in its metadata$/],
  ['with another signature', { signature: '00' }, /^has a signature that is not of CloudTrail$/],
  [
    'changed by a space',
    { content: `${object.content} ` },
    /^has a signature that is not of CloudTrail$/,
  ],
  [
    'of another key',
    { content: JSON.stringify({ ...content, digestPublicKeyFingerprint: 'theirs' }) },
    /^names a key that CloudTrail does not have: theirs$/,
  ],
  [
    'signed with another digest file before it',
    { signature: signatureOf(1, object.content, 'null') },
    /^has a signature that is not of CloudTrail$/,
  ],
])('a digest file that is %s cannot be trusted', (_what, more, problem) => {
  expect(checkDigest({ ...object, ...more }, publicKeys)).toEqual({
    digest: null,
    problem: expect.stringMatching(problem),
  });
});
