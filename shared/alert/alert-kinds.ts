import { type IncidentState, meanings } from '#incident/lifecycle/states.ts';

/** The kinds of alerts: each has a section of this name in docs/runbook.md. */
export const alertKinds = [
  ...(Object.keys(meanings) as IncidentState[]),
  'flapping',
  'retired',
  'maintenance-window',
  'deployment-changed',
  'secret-changed',
  'dependencies-changed',
  'tampering-failed',
  'announced-deployment',
  'table-changed',
  'approved-change',
  'watchtower',
  'test',
] as const;

export type AlertKind = (typeof alertKinds)[number];
