import type { BaselineStore } from '#baseline/baseline-store.ts';
import type { Hint } from '#drift/kind.ts';
import type { Guard } from '#incident/controller-deps.ts';
import type { EventHistory } from './event-history.ts';
import type { SightingReader } from './incident-evidence.ts';
import type { LookupTurns } from './lookup-rate-limiter.ts';
import type { ReportStore } from './report-store.ts';

/** What a backfill needs. The clock, the time that is left and the way to go on are its function's. */
export type Backfill = {
  readonly guard: Guard;
  readonly hints: readonly Hint[];
  readonly ownRole: string;
  readonly baselines: BaselineStore;
  readonly history: EventHistory;
  readonly incidents: SightingReader;
  readonly reports: ReportStore;
  readonly turns: LookupTurns;
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
