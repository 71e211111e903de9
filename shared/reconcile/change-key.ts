import { createHash } from 'node:crypto';
import type { Step } from '#drift/kind.ts';
import type { Change } from '#text/diff.ts';

/** A short hash by which equal texts are recognized. */
export const fingerprintOf = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 32);

/** Only steps that are the same in every detail have the same key. */
export const stepKey = (kind: string, { action, input }: Step): string =>
  fingerprintOf(JSON.stringify([kind, action, input]));

/** The key of any change of a kind. */
export const kindKey = (kind: string): string => fingerprintOf(JSON.stringify([kind]));

/** Only changes that are the same in every detail have the same key. */
export const changeKey = (kind: string, { path, desired, actual }: Change): string =>
  fingerprintOf(JSON.stringify([kind, [path, desired, actual]]));
