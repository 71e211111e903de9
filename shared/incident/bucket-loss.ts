import { setTimeout } from 'node:timers/promises';
import type { Baseline } from '#baseline/baseline.ts';
import { afterLoss, isReplaceable } from '#drift/bucket-loss.ts';
import { destinations } from '#drift/destinations.ts';
import type { DriftKind } from '#drift/kind.ts';
import type { BucketLossStore } from './bucket-loss-store.ts';

/** The drift kinds of one reconcile, with a memory of the bucket. */
export type BucketMemory = {
  readonly kinds: readonly DriftKind[];
  /** After the reconcile: remembers that the bucket was gone. */
  end(): Promise<void>;
};

/**
 * Keeps a lost bucket reported until a person captures the trail again. S3 does not say whose a bucket is to those whom its policy
 * does not let in, so a bucket whose owner is unknown and that was gone may belong to someone else when it is there again.
 */
export function rememberBucket(
  kinds: readonly DriftKind[],
  { trail, version, states }: Pick<Baseline, 'trail' | 'version' | 'states'>,
  losses: BucketLossStore,
): BucketMemory {
  if (!isReplaceable(states.sink)) return { kinds, end: async () => {} };
  const read = losses.find(trail);
  const inTime = Promise.race([read, setTimeout(patience, null, { ref: false })]).catch(() => null);
  let lostAt: string | null = null;
  const withMemory: typeof destinations = {
    ...destinations,
    async observe(aws, one, now, desired) {
      const state = await destinations.observe(aws, one, now, desired);
      if (state === null) return null;
      if (state.BucketRegion === null) lostAt = now.toISOString();
      const loss = lostAt === null ? await inTime : { version, at: lostAt };
      return afterLoss(state, loss, version);
    },
  };
  return {
    kinds: kinds.map((kind) =>
      kind.name === destinations.name ? (withMemory as DriftKind) : kind,
    ),
    async end() {
      const at = lostAt;
      if (at === null) return;
      await losses.change(trail, (known) => (known?.version === version ? known : { version, at }));
    },
  };
}

/** In milliseconds: the first write waits for it no longer than for the gate. */
const patience = 2000;
