import { expect } from 'vitest';
import type { DriftKind } from '#drift/kind.ts';
import { diff, type Json } from '#text/diff.ts';
import { now, trail } from './baseline.ts';
import { answering, type SdkRequest } from './cloudtrail.ts';

/** A drift kind, called for a trail that exists. AWS is answered for. */
export function callsOf<State extends object>(kind: DriftKind<State>) {
  return { observe, resolve, repaired, impactOf };

  /** The state in a response. */
  async function observe(body: object): Promise<State> {
    const observed = await kind.observe(answering(body).aws, trail, now);
    if (observed === null) throw new Error('there is no trail');
    return observed;
  }

  /** The canonical form of a state in a baseline file. */
  async function resolve(state: object): Promise<State> {
    if (kind.fileFormat === undefined) throw new Error(`${kind.name} has no wider spelling`);
    return kind.fileFormat.resolve(state, trail, async (key) => key);
  }

  /** The calls of a restore, as AWS received them. */
  async function repaired(desired: State, actual: State | null): Promise<readonly SdkRequest[]> {
    const { aws, asked } = answering({});
    const steps = kind.repair(desired, actual, trail);
    for (const step of steps) await kind.apply(aws, step);
    expect(asked.map(({ operation }) => operation)).toEqual(steps.map(({ action }) => action));
    return asked;
  }

  /** The impact of the first field that differs. */
  function impactOf(desired: State, actual: State): ReturnType<typeof kind.impact> {
    const [change] = diff(desired as Json, actual as Json);
    if (change === undefined) throw new Error('nothing has changed');
    return kind.impact(change, desired, actual);
  }
}

/** The impact of drift of one field of a state. */
export function impactIn<State extends object>(
  kind: DriftKind<State>,
  desired: State,
  change: object,
): ReturnType<typeof kind.impact> {
  const actual = { ...desired, ...change };
  const [found, ...others] = diff(desired as unknown as Json, actual as unknown as Json);
  if (found === undefined || others.length > 0) throw new Error('not one thing has changed');
  return kind.impact(found, desired, actual);
}
