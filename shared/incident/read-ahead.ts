import { begun } from '#aws/begun.ts';
import type { Guarded } from '#baseline/known-trail.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { kindsToRead } from './attribution.ts';
import type { ControllerDeps } from './controller-deps.ts';

/** The dependencies with which to reconcile a guarded trail, by its ARN, or those that were given. */
export type ReadAhead = (guarded: Guarded) => ControllerDeps;

/**
 * Begins the reads of the trails that a warm process remembers and that a call can have changed, beside the read of their baselines: one round trip comes before the
 * first write. The remembered baseline only decides what is read. If another version is in force, the trail is observed again.
 */
export function readAhead(
  remembered: readonly Guarded[],
  { eventName }: { readonly eventName: string },
  deps: ControllerDeps,
): ReadAhead {
  const changing = kindsToRead(deps.kinds)(eventName);
  const ahead = new Map(
    remembered.flatMap((guarded) => {
      return 'error' in guarded ? [] : [[guarded.trail, beginReads(guarded, changing, deps)]];
    }),
  );
  return (guarded) => ahead.get(guarded.trail)?.(guarded) ?? deps;
}

function beginReads(
  { baseline: { trail: arn, version, states } }: Extract<Guarded, { baseline: object }>,
  changing: ReadonlySet<string>,
  deps: ControllerDeps,
): ReadAhead {
  const trail = parseTrailArn(arn);
  const aws = deps.awsOf(trail.region);
  const row = deps.statuses.of(arn);
  row.readAhead();
  const kinds = deps.kinds.map((kind) => {
    const isSkipped = kind.isOutsideTrail && !changing.has(kind.name);
    if (states[kind.name] === undefined || isSkipped) return kind;
    const observe: typeof kind.observe = (...args) => kind.observe(...args);
    return { ...kind, observe: begun(observe, aws, trail, deps.now(), states) };
  });
  const begunDeps = {
    ...deps,
    statuses: { of: () => row },
    windows: {
      ...deps.windows,
      list: begun<
        Parameters<typeof deps.windows.list>,
        Awaited<ReturnType<typeof deps.windows.list>>
      >((at, of) => deps.windows.list(at, of), deps.now(), arn),
    },
  };
  return (guarded) => {
    const isSame = 'baseline' in guarded && guarded.baseline.version === version;
    return isSame ? { ...begunDeps, kinds } : begunDeps;
  };
}
