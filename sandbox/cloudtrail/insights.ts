import type { InsightSelector, PutInsightSelectorsResponse } from '@aws-sdk/client-cloudtrail';
import { AwsError, type Call } from '../service.ts';
import type { World } from '../world.ts';
import { checkStorage } from './dependencies.ts';
import { list } from './input.ts';
import { ownTrail } from './lookup.ts';
import { isGiven, oneOf, structure } from './members.ts';
import { checkTrailOnly } from './trail-only.ts';
import { accountRegionOf } from './trails.ts';

/** Replaces the insight selectors of a trail. An empty list disables Insights. */
export const putInsightSelectors = (call: Call, world: World): PutInsightSelectorsResponse => {
  checkTrailOnly(call.input, ['EventDataStore', 'InsightsDestination']);
  const trail = ownTrail(call.input.TrailName, accountRegionOf(call), world);
  const insightSelectors = selectorsOf(call.input.InsightSelectors);
  // Of the errors for a missing key, the operation lists only KmsException (API reference).
  checkStorage(trail, world, 'KmsException');
  world.trails.set(trail.arn, { ...trail, insightSelectors });
  return { TrailARN: trail.arn, InsightSelectors: insightSelectors };
};

const selectorsOf = (value: unknown): InsightSelector[] => {
  if (!isGiven(value)) throw new AwsError(invalid, 'InsightSelectors is missing.');
  const selectors = list(value).map(selector);
  if (new Set(selectors.map(({ InsightType }) => InsightType)).size === selectors.length) {
    return selectors;
  }
  throw new AwsError(invalid, 'Each InsightType can be given once.');
};

// "If EventCategories is not provided, the specified Insights types are enabled on management API calls" (API
// reference, InsightSelector). It is not documented that the default is returned, nor that an empty list counts as not
// provided.
const selector = (value: unknown): InsightSelector => {
  const { InsightType, EventCategories } = structure(value);
  const categories = list(EventCategories).map(category);
  return {
    InsightType: insightType(InsightType),
    EventCategories: categories.length > 0 ? categories : ['Management'],
  };
};

const invalid = 'InvalidInsightSelectorsException';
const insightType = oneOf(invalid, 'InsightType', ['ApiCallRateInsight', 'ApiErrorRateInsight']);
const category = oneOf(invalid, 'EventCategories', ['Management', 'Data']);
