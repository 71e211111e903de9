import type { BaselineStore } from '#baseline/baseline-store.ts';
import type { TriggerEvents } from '#drift/kind.ts';
import type { ControllerDeps } from '#incident/controller-deps.ts';
import type { EventHistory } from './event-history.ts';
import type { LookupRateLimiter } from './lookup-rate-limiter.ts';
import type { ReportStore } from './report-store.ts';
import type { IncidentReader } from './stored-incidents.ts';

/** What a backfill needs. */
export type BackfillDeps = {
  readonly controller: ControllerDeps;
  readonly triggers: readonly TriggerEvents[];
  readonly ownRoles: readonly string[];
  readonly baselines: BaselineStore;
  readonly history: EventHistory;
  readonly incidents: IncidentReader;
  readonly reports: ReportStore;
  readonly rateLimiter: LookupRateLimiter;
  readonly lookupsPerSecond: number;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** The time that is left to this invocation. */
  readonly remainingMs: () => number;
  /** How often Lambda retries an invocation that failed. */
  readonly retries: number;
  /** Starts another invocation with a payload, and does not wait for it. */
  readonly continueLater: (payload: object) => Promise<void>;
};
