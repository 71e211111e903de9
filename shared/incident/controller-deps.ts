import type { Logger } from '@aws-lambda-powertools/logger';
import type { Aws } from '#aws/clients.ts';
import type { DriftKind } from '#drift/kind.ts';
import type { WindowStore } from '#reconcile/maintenance-window-store.ts';
import type { Mode, Outcome, Verdict } from '#reconcile/outcome.ts';
import type { SuppressionRules } from '#reconcile/suppress-steps.ts';
import type { AlertRules } from './lifecycle/report.ts';
import type { StatusStore } from './trail-status-store.ts';

export type ControllerDeps = {
  readonly kinds: readonly DriftKind[];
  readonly awsOf: (region: string) => Aws;
  readonly mode: Mode;
  /** The ID of the organization; null without one. */
  readonly organization: string | null;
  readonly logger: Logger;
  readonly statuses: StatusStore;
  readonly windows: WindowStore;
  readonly rules: ControllerRules;
  /** The ids of the requests by which this process has written lately. */
  readonly requests: readonly string[];
  /** For how long a read may miss a write, in milliseconds. */
  readonly readLagMs: number;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly newId: () => string;
};

/** How people are notified, and what may suppress a repair. */
export type ControllerRules = AlertRules & SuppressionRules;

/**
 * What became of one guarded trail, and the id of its open incident after the run; null if none is open. `broken` is a baseline
 * that cannot be used, `self-triggered` an event of our own write.
 */
export type TrailReport = { readonly trail: string; readonly incident: string | null } & (
  | { readonly verdict: Verdict; readonly outcome: Outcome }
  | { readonly verdict: 'broken'; readonly error: string; readonly retryable: boolean }
  | { readonly verdict: 'self-triggered' }
);
