import type { PutEventSelectorsResponse } from '@aws-sdk/client-cloudtrail';
import type { Call } from '../service.ts';
import type { World } from '../world.ts';
import { advancedSelectors } from './advanced-selectors.ts';
import { basicSelectors } from './basic-selectors.ts';
import { invalidSelectors } from './invalid-selectors.ts';
import { ownTrail } from './lookup.ts';
import { isGiven } from './members.ts';
import type { Selectors } from './trail-state.ts';
import { accountRegionOf } from './trails.ts';

/** Replaces all selectors of a trail, basic or advanced. Validates them before it changes any. */
export const putEventSelectors = (call: Call, world: World): PutEventSelectorsResponse => {
  const trail = ownTrail(call.input.TrailName, accountRegionOf(call), world);
  const selectors = selectorsOf(call.input, world);
  world.trails.set(trail.arn, { ...trail, selectors });
  return { TrailARN: trail.arn, ...selectors };
};

// "You can use either EventSelectors or AdvancedEventSelectors in a PutEventSelectors request, but not both" (API
// reference). This is the only matching exception in the reference. A call with neither is treated as a call with an
// empty list.
const selectorsOf = (
  { EventSelectors, AdvancedEventSelectors }: Call['input'],
  { lenientSelectors }: World,
): Selectors => {
  if (isGiven(EventSelectors) && isGiven(AdvancedEventSelectors)) {
    throw invalidSelectors('Specify either EventSelectors or AdvancedEventSelectors, not both.');
  }
  if (isGiven(EventSelectors)) return { EventSelectors: basicSelectors(EventSelectors) };
  return { AdvancedEventSelectors: advancedSelectors(AdvancedEventSelectors, lenientSelectors) };
};
