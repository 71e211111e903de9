import { kinds } from '#drift/index.ts';
import type { DriftKind } from '#drift/kind.ts';

/** The kinds that the watchtower compares: those of the trails themselves, which reads of CloudTrail alone show. */
export const watchedKinds: readonly DriftKind[] = kinds.filter(
  ({ isOutsideTrail }) => isOutsideTrail !== true,
);
