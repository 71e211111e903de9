import type { BaselineStore } from '#baseline/baseline-store.ts';
import type { TriggerEvents } from '#drift/kind.ts';
import type { ControllerDeps } from '#incident/controller-deps.ts';
import type { EventHistory } from './event-history.ts';
import type { EvidenceReader } from './incident-evidence.ts';
import type { LookupRateLimiter } from './lookup-rate-limiter.ts';
import type { ReportStore } from './report-store.ts';

/** What a backfill needs. The clock, the time that is left and the way to go on are its function's. */
export type Backfill = {
  readonly guard: ControllerDeps;
  readonly hints: readonly TriggerEvents[];
  readonly ownRole: string;
  readonly baselines: BaselineStore;
  readonly history: EventHistory;
  readonly incidents: EvidenceReader;
  readonly reports: ReportStore;
  readonly turns: LookupRateLimiter;
  readonly lookupsPerSecond: number;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly remainingMs: () => number;
  /** The id of this invocation; a retry of it has the same. */
  readonly owner: string;
  /** How often an invocation that failed is tried again. */
  readonly retries: number;
  /** Starts another invocation, which goes on. */
  readonly goOn: (payload: object) => Promise<void>;
};
