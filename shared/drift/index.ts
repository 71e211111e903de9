import { aggregation } from './aggregation.ts';
import { delivery } from './delivery.ts';
import { destinations } from './destinations.ts';
import { eventSelectors } from './event-selectors.ts';
import { insightSelectors } from './insight-selectors.ts';
import type { DriftKind, TriggerEvents } from './kind.ts';
import { logging } from './logging.ts';
import { organization } from './organization.ts';
import { settings } from './settings.ts';
import { tags } from './tags.ts';

/** Every drift kind, in the order of repair: settings before logging, so that nothing is logged into a foreign bucket. */
export const kinds: readonly DriftKind[] = [
  organization,
  settings,
  logging,
  eventSelectors,
  insightSelectors,
  aggregation,
  tags,
  delivery,
  destinations,
];

/** The calls that trigger a check, of every kind. */
export const triggers: readonly TriggerEvents[] = kinds.flatMap((kind) => kind.triggers);
