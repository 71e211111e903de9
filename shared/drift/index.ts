import { aggregation } from './aggregation.ts';
import { delivery } from './delivery.ts';
import { alarms } from './dependencies/alarms.ts';
import { bucket } from './dependencies/bucket.ts';
import { key } from './dependencies/key.ts';
import { logGroup } from './dependencies/log-group.ts';
import { logRole } from './dependencies/log-role.ts';
import { topic } from './dependencies/topic.ts';
import { eventSelectors } from './event-selectors.ts';
import { insightSelectors } from './insight-selectors.ts';
import type { DriftKind, TriggerEvents } from './kind.ts';
import { logging } from './logging.ts';
import { organization } from './organization.ts';
import { settings } from './settings.ts';
import { tags } from './tags.ts';

/**
 * Every drift kind, in the order of repair: what a trail depends on, then settings, and logging after them, so that nothing is logged into
 * a foreign bucket. If neither the settings nor the organization need a step, logging comes first (`shared/reconcile/apply.ts`).
 */
export const kinds: readonly DriftKind[] = [
  organization,
  bucket,
  key,
  topic,
  logGroup,
  logRole,
  alarms,
  settings,
  logging,
  eventSelectors,
  insightSelectors,
  aggregation,
  tags,
  delivery,
];

/** The calls that trigger a check, of every kind. */
export const triggers: readonly TriggerEvents[] = kinds.flatMap((kind) => kind.triggers);

/** The kinds of what a trail depends on, which may be in another account: they are restored only where their owner asks for it. */
export const dependencyKinds: readonly DriftKind[] = kinds.filter(
  ({ defaultTreatment }) => defaultTreatment === 'alert',
);
