import { recordLease } from '../leases.ts';
import { expire, type TrailStatus, withIncident } from '../trail-status.ts';
import { closeIfQuiet, remind } from './open-incident.ts';
import { recordApprovals } from './record-approvals.ts';
import { recordCall } from './record-call.ts';
import { recordFindings } from './record-findings.ts';
import { recordLogging } from './record-logging.ts';
import {
  announceWindows,
  recordBucketLoss,
  recordOutsideReading,
  recordOwnWrites,
} from './record-run.ts';
import type { LifecycleRules, ReconcileReport } from './report.ts';

/** One stage of the lifecycle: the status after a report, as far as the stage is concerned. */
type Stage = (status: TrailStatus, report: ReconcileReport, rules: LifecycleRules) => TrailStatus;

/** In this order: a quiet incident closes before a new finding could reopen it, and a call joins what its run has found. */
const stages: readonly Stage[] = [
  closeIfQuiet,
  recordFindings,
  recordApprovals,
  recordLogging,
  recordCall,
  recordOwnWrites,
  recordBucketLoss,
  recordOutsideReading,
  announceWindows,
  recordLease,
  remind,
];

/** The status of a trail after a report. Pure: the same status and report always give the same result. */
export function applyReport(
  before: TrailStatus,
  report: ReconcileReport,
  rules: LifecycleRules,
): TrailStatus {
  const after = stages.reduce(
    (status, stage) => stage(status, report, rules),
    expire(before, report.at),
  );
  const { open } = after;
  if (open === null || open.incident === before.open?.incident) return after;
  const incident = { ...open.incident, gaps: rules.gapsOf(open.incident, report.at) };
  return withIncident(after, { ...open, incident });
}
