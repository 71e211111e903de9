import * as z from 'zod';
import { partitionIn } from '#aws/partitions.ts';
import { kinds } from '#drift/index.ts';
import type { Settings } from '#drift/settings-table.ts';
import { coverageOf, historyDays } from '#gaps/recoverability.ts';
import { count, type Of } from '#text/schema-parts.ts';
import { shortTime, type TimeRange } from '#text/time.ts';
import type { Trail } from '#trail/trail-arn.ts';
import { checkDestination } from './destination.ts';
import { lookupsPerSecond } from './history-clients.ts';
import { newLedger } from './ledger.ts';
import { accountsAtOnce, type Recovery, type RecoveryInput, recoveryId } from './recovery.ts';
import { isoOf, type Limits, slotLimits, slotsEnd, slotsOf } from './slots.ts';

/** What is known when a recovery is planned. */
export type PlanInput = {
  readonly trail: Trail;
  /** The states of its baseline. */
  readonly states: Readonly<Record<string, object>>;
  /** When events were lost. */
  readonly ranges: readonly TimeRange[];
  readonly incidents: readonly string[];
  /** The accounts whose events the trail records. */
  readonly accounts: readonly string[];
  /** The id of the organization if the trail is of one. */
  readonly organization: string | null;
  /** The place to write to, and the one that the deployment allows. */
  readonly destination: Pick<Recovery, 'bucket' | 'prefix'>;
  readonly allowed: Pick<Recovery, 'bucket' | 'prefix'>;
  readonly now: Date;
};

/** Thrown if event history has nothing of the given time. */
export class NothingToRecoverError extends Error {
  override readonly name = 'NothingToRecoverError' as const;
}

/** Event history has an event within about 15 minutes. Source: CloudTrail user guide, "Working with CloudTrail event history". */
const settledAfterMs = 15 * 60_000;

/** The slots at the end of its retention are left out: they would be dropped while they are read. */
const marginMs = 3_600_000;

/** The input of the state machine. Throws `NothingToRecoverError` and `DestinationError`. */
export function planRecovery(input: PlanInput): RecoveryInput {
  const { trail, states, ranges, incidents, accounts, organization, destination, now } = input;
  const {
    S3BucketName = '',
    S3KeyPrefix = null,
    IsMultiRegionTrail,
  } = (states.settings ?? {}) as Partial<Settings>;
  const log = { bucket: S3BucketName, prefix: S3KeyPrefix, organization };
  checkDestination({ ...destination, log }, input.allowed);
  const limits = slotLimits(
    now.getTime() - historyDays * 86_400_000 + marginMs,
    now.getTime() - settledAfterMs,
  );
  const intervals = [...slotsOf(ranges, limits)];
  if (intervals.length === 0) throw nothingIn(ranges, limits);
  const { region } = trail;
  const named = {
    trail: trail.arn,
    intervals,
    regions: IsMultiRegionTrail ? [...(partitionIn(region)?.regions ?? [region])] : [region],
    ...destination,
  };
  return {
    recovery: {
      id: recoveryId(named),
      ...named,
      incidents: [...incidents],
      log,
      unrecoverable: [...sentences(input, limits)],
      excludedByTrail: [...excludedBy(states, trail)],
    },
    accounts: [...accounts],
  };
}

function nothingIn(ranges: readonly TimeRange[], { oldest }: Limits): Error {
  if (ranges.length === 0) {
    return new NothingToRecoverError('no management events were lost: there is nothing to recover');
  }
  const isOver = ranges.every(({ to }) => Date.parse(to) < oldest);
  return new NothingToRecoverError(
    isOver
      ? `event history has dropped the events: it goes back to ${time(oldest)}`
      : `event history may lack events of the last 15 minutes: recover these after ${settledAt(ranges)}`,
  );
}

/** What event history does not have, or not yet. */
function sentences({ states, ranges }: PlanInput, { oldest, newest }: Limits): readonly string[] {
  const { events } = coverageOf({ states }, kinds);
  const others = [...new Set(events)].filter((kind) => kind !== 'management');
  return [
    ...(others.length > 0
      ? [`${others.join(', ')} events: event history has management events only`]
      : []),
    ...(ranges.some(({ from }) => Date.parse(from) < oldest)
      ? [`events before ${time(oldest)}: event history keeps ${historyDays} days`]
      : []),
    ...(ranges.some(({ to }) => slotsEnd(to) > newest)
      ? [
          `events since ${time(newest)}: event history may lack some until ${settledAt(ranges)}, recover them after that`,
        ]
      : []),
  ];
}

/** What event history has, and the baseline does not ask for. */
const excludedBy = (states: PlanInput['states'], trail: Trail): readonly string[] => {
  const selectors = kinds.find(({ name }) => name === 'event-selectors');
  const state = states['event-selectors'];
  const advice = state === undefined ? [] : (selectors?.hardeningAdvice?.(state, trail) ?? []);
  return advice.map((sentence) => sentence.replace(/ are not recorded$/, ''));
};

/** When event history has the whole slots of ranges. */
const settledAt = (ranges: readonly TimeRange[]): string =>
  time(Math.max(...ranges.map(({ to }) => slotsEnd(to))) + settledAfterMs);

const time = (at: number): string => shortTime(isoOf(at));

/** What a recovery takes at least. */
export const estimate = z.strictObject({
  calls: count.describe('At least so many calls of LookupEvents.'),
  seconds: count,
  secondsPer10000: count.describe('For 10,000 events of one account and Region.'),
});

export type Estimate = Of<typeof estimate>;

/** Every account and Region is read at the same time, up to the concurrency of the state machine. */
export function estimateOf({ recovery, accounts }: RecoveryInput): Estimate {
  const spans = newLedger(recovery, { account: '', region: '' }).remaining.length;
  const rounds = Math.ceil(accounts.length / accountsAtOnce);
  return {
    calls: spans * recovery.regions.length * accounts.length,
    seconds: Math.ceil((spans / lookupsPerSecond) * rounds),
    secondsPer10000: Math.ceil(10_000 / 50 / lookupsPerSecond),
  };
}
