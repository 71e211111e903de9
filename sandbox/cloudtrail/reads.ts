import { isDeepStrictEqual } from 'node:util';
import type {
  DescribeTrailsResponse,
  GetEventConfigurationResponse,
  GetEventSelectorsResponse,
  GetInsightSelectorsResponse,
  GetTrailResponse,
  GetTrailStatusResponse,
  ListTrailsResponse,
} from '@aws-sdk/client-cloudtrail';
import { AwsError, type Call } from '../service.ts';
import type { World } from '../world.ts';
import { flag, list } from './input.ts';
import { findTrail, isShadow, trailsAt, trailsOf, visibleTrail } from './lookup.ts';
import { configurationOf } from './settings.ts';
import { statusOf } from './status.ts';
import type { Selectors, Trail } from './trail-state.ts';
import { accountRegionOf } from './trails.ts';

/** A new trail's selectors: all management events, no data events. */
export const defaultSelectors: Selectors = {
  EventSelectors: [
    {
      ReadWriteType: 'All',
      IncludeManagementEvents: true,
      DataResources: [],
      ExcludeManagementEventSources: [],
    },
  ],
};

export const getTrail = (call: Call, world: World): GetTrailResponse => ({
  Trail: describe(visibleTrail(call.input.Name, accountRegionOf(call), world)),
});

/** DescribeTrails skips trails that do not exist; GetTrail throws. */
export const describeTrails = (call: Call, world: World): DescribeTrailsResponse => {
  const at = accountRegionOf(call);
  const typed = list(call.input.trailNameList);
  const withShadows = flag(call.input.includeShadowTrails ?? true);
  const found = typed.length
    ? typed.flatMap((name) => findTrail(name, at, world) ?? [])
    : trailsAt(at, world);
  return {
    trailList: found.filter((trail) => withShadows || !isShadow(trail, at)).map(describe),
  };
};

export const listTrails = (call: Call, world: World): ListTrailsResponse => ({
  Trails: trailsOf(call.principal.accountId, world).map(({ arn, name, homeRegion }) => ({
    TrailARN: arn,
    Name: name,
    HomeRegion: homeRegion,
  })),
});

export const getTrailStatus = (call: Call, world: World): GetTrailStatusResponse =>
  statusOf(visibleTrail(call.input.Name, accountRegionOf(call), world), world, call.at);

export const getEventSelectors = (call: Call, world: World): GetEventSelectorsResponse => {
  const { arn, selectors } = visibleTrail(call.input.TrailName, accountRegionOf(call), world);
  return { TrailARN: arn, ...selectors };
};

export const getInsightSelectors = (call: Call, world: World): GetInsightSelectorsResponse => {
  const { arn, insightSelectors } = visibleTrail(
    call.input.TrailName,
    accountRegionOf(call),
    world,
  );
  if (insightSelectors.length > 0) return { TrailARN: arn, InsightSelectors: insightSelectors };
  throw new AwsError('InsightNotEnabledException', `Trail ${arn} does not have Insights enabled.`);
};

export const getEventConfiguration = (call: Call, world: World): GetEventConfigurationResponse => {
  const trail = visibleTrail(call.input.TrailName, accountRegionOf(call), world);
  return {
    TrailARN: trail.arn,
    AggregationConfigurations: trail.aggregationConfigurations,
  };
};

const describe = (trail: Trail) => ({
  ...configurationOf(trail),
  HomeRegion: trail.homeRegion,
  HasCustomEventSelectors: !isDeepStrictEqual(trail.selectors, defaultSelectors),
  HasInsightSelectors: trail.insightSelectors.length > 0,
});
