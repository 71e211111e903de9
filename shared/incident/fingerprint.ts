import { createHash } from 'node:crypto';

/** A short hash by which equal texts are recognized. */
export const fingerprint = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 32);
