import type { DriftKind } from '#drift/kind.ts';

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
