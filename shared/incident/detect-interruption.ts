import type { Baseline } from '#baseline/baseline.ts';
import { type Logging, logging } from '#drift/logging.ts';
import type { Observation } from '#drift/observe.ts';
import {
  type CheckpointState,
  detectInterruption,
  type LoggingCheckpoint,
  type LoggingInterruption,
  markDeleted,
  nextCheckpoint,
} from '#gaps/logging-interruption.ts';
import type { Mode, Outcome } from '#reconcile/outcome.ts';
import { type Plan, stepsOf } from '#reconcile/plan.ts';
import type { CheckpointStore } from './logging-checkpoint-store.ts';

/** What has to be told to a look for flips in the course of one reconcile. */
export type FlipLook = {
  /** What a kind saw; what counts is what logging saw first and last. */
  onObservation(kind: string, observation: Observation): void;
  /** What was found, before each round of writes: they do not wait for this. */
  onPlan(plan: Plan): void;
  /**
   * After the reconcile: has a flip told, and then keeps what was seen. It rejects if the flip could not be told, so that
   * the next look finds it again, or if nothing could be read or kept. Looks at the same time may tell the same flip.
   */
  end(outcome: Outcome, tell: (flip: LoggingInterruption) => Promise<void>): Promise<void>;
};

type Look = {
  readonly mode: Mode;
  readonly watermarks: CheckpointStore;
  readonly now: () => Date;
};

/**
 * Looks for logging that was turned off and on again since the last look, in the times that `logging` sees beside its state. It
 * is not drift, as there is nothing to restore. A trail of which nothing is kept logged when it was captured. That we are about
 * to start logging is written down before it is known to be done, so that another look at the same time does not take that for
 * somebody else's doing.
 */
export function lookForFlip(
  { trail, capturedAt }: Pick<Baseline, 'trail' | 'capturedAt'>,
  { mode, watermarks, now }: Look,
): FlipLook {
  const seen: (LoggingCheckpoint | null)[] = [];
  let isGone = false;
  let from = now().toISOString();
  let opening: Promise<void> | null = null;
  const asCaptured: LoggingCheckpoint = {
    IsLogging: true,
    StartLoggingTime: capturedAt,
    StopLoggingTime: null,
  };
  const others = ({ ownStarts }: CheckpointState) => ownStarts.filter((own) => own.from !== from);

  return {
    onObservation(kind, observation) {
      if (kind !== logging.name) return;
      seen.push(watermarkIn(observation));
      isGone = observation.status !== 'unknown' && observation.state === null;
    },

    onPlan(plan) {
      if (opening !== null) return;
      from = now().toISOString();
      if (mode !== 'enforce' || stepsOf(plan, logging.name).length === 0) return;
      opening = watermarks.change(trail, (kept) => ({
        ...kept,
        ownStarts: [...kept.ownStarts, { from, to: null }],
      }));
      // Whether it went well, the end tells.
      opening.catch(() => {});
    },

    async end({ applied }, tell) {
      await opening;
      const isStarted = applied.some(({ kind }) => kind === logging.name);
      const own = isStarted ? [{ from, to: now().toISOString() }] : [];
      const kept = await watermarks.find(trail);
      const known = seen.filter((one) => one !== null);
      const [first] = known;
      // What was seen only after our own start may be that.
      const ownStarts = [...others(kept), ...(first === seen[0] ? [] : own)];
      const flip = first && detectInterruption(kept.watermark ?? asCaptured, first, ownStarts);
      if (flip) await tell(flip);

      const at = now().toISOString();
      await watermarks.change(trail, (latest) => {
        const last = isGone ? markDeleted(latest.watermark ?? asCaptured, at) : known.at(-1);
        return nextCheckpoint({ ...latest, ownStarts: [...others(latest), ...own] }, last ?? null);
      });
    },
  };
}

/** What `logging` saw; null where there is no trail, or it could not be read. */
function watermarkIn(observation: Observation): LoggingCheckpoint | null {
  if (observation.status === 'unknown' || observation.state === null) return null;
  const {
    IsLogging,
    StartLoggingTime = null,
    StopLoggingTime = null,
  } = observation.state as Logging;
  return { IsLogging, StartLoggingTime, StopLoggingTime };
}
