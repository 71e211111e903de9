import { setTimeout } from 'node:timers/promises';
import type { Baseline } from '#baseline/baseline.ts';
import { type Logging, logging } from '#drift/logging.ts';
import type { Observation } from '#drift/observe.ts';
import { armedBy, isStoppedSince } from './gate.ts';
import type { GateStore } from './gate-store.ts';
import type { Mode } from './outcome.ts';
import type { Plan } from './plan.ts';

/** What has to be told to the gate in the course of one reconcile, and what it says. */
export type GateLook = {
  onObservation(kind: string, observation: Observation): void;
  /** The kinds and fields of a plan whose drift is restored; null for all of them. */
  armed(plan: Plan): Promise<readonly string[] | null>;
  /** After the reconcile: keeps which kinds are armed. */
  end(): Promise<void>;
};

type Gated = {
  readonly mode: Mode;
  readonly gates: GateStore;
};

/**
 * What stands between a trail that drifted long ago and trailkeeper that begins to enforce: a kind is armed once it was seen
 * in sync with the version in force in mode enforce, or if whoever signed that says so. What is not armed is told and left to a
 * person. Where it is signed, nothing is read for it.
 *
 * Logging that stopped after the capture is restored in any case. So is everything where it can not be read in time which kinds are
 * armed: what is restored then is what somebody signed, which may surprise; what is left then may be an attack, which costs
 * record.
 */
export function gateOf(
  { trail, version, capturedAt, armed, states }: Baseline,
  { mode, gates }: Gated,
): GateLook {
  if (armed || mode !== 'enforce') return noGate;
  const kept = gates.read(trail, version);
  const inTime = Promise.race([kept, setTimeout(patience, null, { ref: false })]).catch(() => null);
  const seen = new Set<string>();
  let isLoggingLost = false;

  return {
    onObservation(kind, observation) {
      if (kind !== logging.name || observation.status === 'unknown') return;
      const state = observation.state as Logging | null;
      isLoggingLost = state !== null && isStoppedSince(capturedAt, state.StopLoggingTime);
    },
    async armed(plan) {
      for (const kind of armedBy(plan, states)) seen.add(kind);
      const known = await inTime;
      return known && [...known, ...seen, ...(isLoggingLost ? [logging.name] : [])];
    },
    end: () => gates.arm(trail, { version, kinds: [...seen] }),
  };
}

/** What a person asks for is restored, whatever stood there. */
export const noGate: GateLook = {
  onObservation() {},
  armed: async () => null,
  async end() {},
};

/** In milliseconds: the first write waits for it no longer than it takes to look at the trail. */
const patience = 2000;
