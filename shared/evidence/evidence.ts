import type { Signature } from '#baseline/signing/signature.ts';
import type { Severity } from '#drift/impact.ts';
import type { Gap } from '#gaps/gap.ts';
import type { TimeRange } from '#gaps/history.ts';
import type { LoggingInterruption } from '#gaps/logging-interruption.ts';
import type { CallEffect, Episode } from '#incident/incident.ts';
import type { IncidentState } from '#incident/lifecycle/states.ts';
import type { EarlyEnd } from '#reconcile/maintenance-window-store.ts';
import type { ApiCall } from '#trail/api-call.ts';
import type { CoverageShares } from './coverage.ts';
import type { Lane } from './lanes.ts';

/** What trailkeeper knows about trails in a time range, to be filed. Times are ISO 8601. */
export type Evidence = {
  readonly schema: 1;
  readonly generatedAt: string;
  /** The ARN of the principal that generated it, or `unknown`. */
  readonly generatedBy: string;
  /** The version of trailkeeper that generated it. */
  readonly generator: string;
  readonly window: TimeRange;
  /** The id of the incident, if it is about one. */
  readonly incident: string | null;
  readonly trails: readonly TrailEvidence[];
  /** Changes of trailkeeper itself in the window. */
  readonly tampering: readonly TamperEvidence[];
  readonly recoveries: Recoveries;
};

export type TrailEvidence = {
  readonly trail: string;
  /** The baseline in force when this was generated; null if the trail is not protected. */
  readonly baseline: BaselineEvidence | { readonly problem: string } | null;
  /** The versions that were stored in the window, the latest first. */
  readonly versions: readonly VersionEvidence[];
  readonly coverage: CoverageShares;
  /** The earliest first. */
  readonly incidents: readonly IncidentEvidence[];
  readonly windows: readonly WindowEvidence[];
  /** Rows of the state table that cannot be read, one sentence each. */
  readonly unreadable: readonly string[];
};

export type VersionEvidence = {
  readonly version: number;
  readonly type: 'baseline' | 'retirement';
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  /** The SHA-256, in hex, of the signed document; null if its row is gone. */
  readonly sha256: string | null;
  /** The SHA-256 of the document of the version before; null for the first. */
  readonly previous: string | null;
  readonly signature: Signature | null;
  /** The id of the approver key whose signature was verified; null if no keys are pinned. */
  readonly signedBy: string | null;
};

export type BaselineEvidence = VersionEvidence & {
  /** What was changed in the state table without a valid signature, one sentence each. */
  readonly faults: readonly string[];
};

/** Where a record is stored, and the SHA-256, in hex, of its JSON text there. */
export type RecordRef = { readonly pk: string; readonly sk: string; readonly sha256: string };

export type IncidentEvidence = {
  readonly id: string;
  readonly trail: string;
  readonly title: string;
  /** What to do, or that nothing is to be done. */
  readonly callToAction: string;
  readonly state: IncidentState;
  readonly severity: Severity;
  readonly openedAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  readonly lastInSyncAt: string | null;
  /** Whether something is left that differs from the baseline, or may. */
  readonly isUnresolved: boolean;
  /** The call that is known to have led to it; null if none is. */
  readonly cause: CallEvidence | null;
  readonly calls: readonly CallEvidence[];
  readonly callCount: number;
  readonly episodes: readonly EpisodeEvidence[];
  readonly episodeCount: number;
  readonly interruptions: readonly LoggingInterruption[];
  /** A gap that is open lasts until the incident closes, or until this was generated. */
  readonly gaps: readonly GapEvidence[];
  readonly baselineError: string | null;
  readonly record: RecordRef;
};

/** A gap, and what was recovered of it; null if event history has nothing of it. */
export type GapEvidence = Gap & { readonly recovery: GapRecovery | null };

export type GapRecovery = {
  /** How much of its events was recovered, by manifests whose signature was verified. */
  readonly extent: 'all' | 'some' | 'none' | 'unknown';
  /** The URLs of the manifests that are about it. */
  readonly manifests: readonly string[];
};

/** What was recovered from event history, and the manifests that could not be read, one sentence each. */
export type Recoveries = {
  readonly found: readonly RecoveryEvidence[];
  readonly unread: readonly string[];
};

/** A recovery, by its manifest. */
export type RecoveryEvidence = {
  /** The ARN of the trail. */
  readonly trail: string;
  /** What was read. The end of each does not belong to it. */
  readonly intervals: readonly TimeRange[];
  readonly accounts: number;
  readonly regions: number;
  /** How many events were written, in how many log files. */
  readonly recovered: number;
  readonly files: number;
  /** The URL of the folder of the log files. */
  readonly folder: string;
  readonly finishedAt: string;
  /** The URL of the manifest, and its SHA-256 in hex. */
  readonly manifest: string;
  readonly sha256: string;
  /** The id of the approver key, or why the manifest is not trusted. */
  readonly signedBy: string | null;
  readonly signatureProblem: string | null;
  /** What could not be had, and why. */
  readonly missing: readonly RecoveryLack[];
  /** Where events may also be in the log of the trail, and why. */
  readonly notCompared: readonly RecoveryLack[];
  readonly unrecoverable: readonly string[];
  /** What the files have, although the selectors of the trail exclude it. */
  readonly excludedByTrail: readonly string[];
};

type RecoveryLack = {
  readonly account: string;
  readonly region: string;
  readonly reason: string;
};

export type CallEvidence = Omit<ApiCall, 'principal'> & {
  readonly principal: ApiCall['principal'] & { readonly description: string };
  readonly tool: string | null;
  /** What it did; null for a cause that is not in the list of calls. */
  readonly effect: CallEffect | null;
  /** The event in the console of CloudTrail; null if its id or Region is not known there. */
  readonly link: string | null;
};

/** One drift: what was found, what was done, and when the result was read back. */
export type EpisodeEvidence = Pick<
  Episode,
  'detectedAt' | 'resolvedAt' | 'resolution' | 'acceptedBy'
> & {
  /** `observe` or `enforce`. */
  readonly mode: Episode['outcome']['mode'];
  /** The version of the baseline that the trail was compared with. */
  readonly version: number;
  readonly changes: readonly ChangeEvidence[];
  /** What could not be read, one sentence each. */
  readonly unread: readonly string[];
  readonly repairs: readonly RepairEvidence[];
  /** What was read back and still differs, one sentence each. */
  readonly left: readonly string[];
};

export type ChangeEvidence = {
  readonly kind: string;
  readonly path: string;
  readonly lane: Lane;
  readonly desired: unknown;
  readonly actual: unknown;
  readonly description: string;
  readonly severity: Severity;
  readonly losesCoverage: boolean;
};

export type RepairEvidence = {
  readonly kind: string;
  readonly action: string;
  readonly status: 'applied' | 'failed';
  /** The error of AWS; null if it was applied. */
  readonly error: string | null;
};

/** A maintenance window, or why its row is not one. */
export type WindowEvidence =
  | {
      readonly id: string;
      readonly kinds: readonly string[];
      readonly from: string;
      /** When it ended or ends. */
      readonly until: string;
      readonly by: string;
      readonly reason: string;
      readonly signedBy: string | null;
      readonly ended: EarlyEnd | null;
    }
  | { readonly key: string; readonly problem: string };

export type TamperEvidence = {
  readonly id: string;
  readonly at: string;
  readonly severity: Severity;
  readonly title: string;
  readonly cause: CallEvidence | null;
  readonly details: readonly string[];
  readonly record: RecordRef;
};
