import type { Trail } from '#trail/trail-arn.ts';

/** A call that AWS refused, and its trail. */
export type RefusedCall = {
  /** The drift kind that it restores. */
  readonly kind: string;
  readonly action: string;
  readonly input: object;
  readonly trail: Trail;
};
