import { aggregation } from './aggregation.ts';
import { delivery } from './delivery.ts';
import { sink } from './destinations.ts';
import { eventSelectors } from './event-selectors.ts';
import { insightSelectors } from './insight-selectors.ts';
import type { DriftKind, Hint } from './kind.ts';
import { logging } from './logging.ts';
import { organization } from './organization.ts';
import { settings } from './settings.ts';
import { tags } from './tags.ts';

/** Every way to drift. Its order is the order of repair: never log into a foreign bucket first. */
export const kinds: readonly DriftKind[] = [
  organization,
  settings,
  logging,
  eventSelectors,
  insightSelectors,
  aggregation,
  tags,
  delivery,
  sink,
];

/** The calls after which to look, whichever the kind. */
export const hints: readonly Hint[] = kinds.flatMap((kind) => kind.hints);
