import type { Trail } from '#trail/trail-arn.ts';

/** A call that AWS refused, and its trail. */
export type RefusedCall = {
  /** The drift kind that it restores. */
  readonly kind: string;
  readonly action: string;
  readonly input: object;
  /** The message of the error. */
  readonly message?: string;
  readonly trail: Trail;
};
