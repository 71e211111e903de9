import type { Baseline } from '#baseline/baseline.ts';
import { afterLoss, type BucketLoss, isReplaceable } from '#drift/bucket-loss.ts';
import { destinations } from '#drift/destinations.ts';
import type { DriftKind } from '#drift/kind.ts';

/**
 * The drift kinds of a run, which keep a lost bucket reported until a person captures the trail again. S3 does not report the owner of
 * a bucket to callers whom its policy does not admit, so a bucket whose owner is unknown and that was missing may belong to someone
 * else once it exists again.
 */
export function rememberBucket(
  kinds: readonly DriftKind[],
  { version, states }: Pick<Baseline, 'version' | 'states'>,
  knownLoss: () => Promise<BucketLoss | null>,
): readonly DriftKind[] {
  if (!isReplaceable(states.destinations)) return kinds;
  return kinds.map((kind) => {
    if (kind.name !== destinations.name) return kind;
    const withMemory: typeof destinations = {
      ...destinations,
      async observe(...args) {
        const state = await (kind as typeof destinations).observe(...args);
        return state === null ? null : afterLoss(state, await knownLoss(), version);
      },
    };
    return withMemory as DriftKind;
  });
}

/**
 * The drift kinds of one run, of which those that only people can repair are observed once: no write of ours changes what they
 * observe. The others, the kinds that the run's call can have changed, and a missing trail are observed each time.
 */
export const observedOnce = (
  kinds: readonly DriftKind[],
  changing: ReadonlySet<string> = new Set(),
): readonly DriftKind[] =>
  kinds.map((kind) =>
    kind.permissions.repair.length > 0 || changing.has(kind.name) ? kind : withMemory(kind),
  );

function withMemory(kind: DriftKind): DriftKind {
  let known: object | null = null;
  return {
    ...kind,
    async observe(...args) {
      known ??= await kind.observe(...args);
      return known;
    },
  };
}
