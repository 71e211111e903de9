import type {
  AggregationConfiguration,
  PutEventConfigurationResponse,
} from '@aws-sdk/client-cloudtrail';
import { AwsError, type Call } from '../service.ts';
import type { World } from '../world.ts';
import { list } from './input.ts';
import { ownTrail } from './lookup.ts';
import { isGiven, oneOf, structure } from './members.ts';
import { checkTrailOnly } from './trail-only.ts';
import { accountRegionOf } from './trails.ts';

/** Replaces the aggregation configurations of a trail. An empty list clears them; a missing list changes nothing. */
export const putEventConfiguration = (call: Call, world: World): PutEventConfigurationResponse => {
  checkTrailOnly(call.input, ['EventDataStore', 'MaxEventSize', 'ContextKeySelectors']);
  const trail = ownTrail(call.input.TrailName, accountRegionOf(call), world);
  const { AggregationConfigurations: given } = call.input;
  const aggregationConfigurations = isGiven(given)
    ? configurationsOf(given)
    : trail.aggregationConfigurations;
  world.trails.set(trail.arn, { ...trail, aggregationConfigurations });
  return { TrailARN: trail.arn, AggregationConfigurations: aggregationConfigurations };
};

// API model: the limits. The operation lists InvalidParameterException and no more specific error.
const configurationsOf = (value: unknown): AggregationConfiguration[] => {
  const configurations = list(value).map(configuration);
  if (configurations.length <= 1) return configurations;
  throw new AwsError(invalid, 'A trail can have one aggregation configuration.');
};

const configuration = (value: unknown): AggregationConfiguration => {
  const { Templates, EventCategory } = structure(value);
  const templates = list(Templates).map(template);
  if (templates.length < 1 || templates.length > 50) {
    throw new AwsError(invalid, 'Templates must have 1 to 50 members.');
  }
  return { Templates: templates, EventCategory: category(EventCategory) };
};

const invalid = 'InvalidParameterException';
const template = oneOf(invalid, 'Templates', ['API_ACTIVITY', 'RESOURCE_ACCESS', 'USER_ACTIONS']);
const category = oneOf(invalid, 'EventCategory', ['Data']);
