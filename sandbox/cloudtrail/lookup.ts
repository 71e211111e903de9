import type { AccountRegion } from '../account-region.ts';
import { partition } from '../home.ts';
import { AwsError } from '../service.ts';
import type { World } from '../world.ts';
import { isDelegate } from './delegation.ts';
import { notManagementAccount, wrongAccount } from './errors.ts';
import type { Trail } from './trail-state.ts';
import { identify } from './trails.ts';

/** The trail that DescribeTrails finds for the given name or ARN, in any Region. */
export const findTrail = (typed: unknown, at: AccountRegion, world: World): Trail | undefined => {
  const { arn, accountId } = identify(typed, at);
  const trail = world.trails.get(arn);
  if (trail && belongsTo(trail, at.accountId, world)) return trail;
  if (accountId !== at.accountId) throw wrongAccount(at.accountId);
  return undefined;
};

/** The trail that other reads find: in its home Region, or by its ARN in a Region with a shadow trail. */
export const visibleTrail = (typed: unknown, at: AccountRegion, world: World): Trail => {
  const trail = findTrail(typed, at, world);
  if (trail && isIn(trail, at.region)) return trail;
  throw new AwsError(
    'TrailNotFoundException',
    `Unknown trail: ${identify(typed, at).arn} for the user: ${at.accountId}`,
  );
};

/**
 * The trail that a write finds. A member account that is not a delegated administrator has read access only, and shadow
 * trails cannot be changed.
 */
export const ownTrail = (typed: unknown, at: AccountRegion, world: World): Trail => {
  const trail = visibleTrail(typed, at, world);
  if (trail.accountId !== at.accountId && !isDelegate(at.accountId, world.organization)) {
    throw notManagementAccount(at.accountId);
  }
  if (trail.homeRegion !== at.region) {
    throw new AwsError(
      'InvalidHomeRegionException',
      `Trail ${trail.arn} can be changed only in its home Region ${trail.homeRegion}.`,
    );
  }
  return trail;
};

/** The trails of an account in a Region, including shadow trails. */
export const trailsAt = (at: AccountRegion, world: World): readonly Trail[] =>
  trailsOf(at.accountId, world).filter((trail) => isIn(trail, at.region));

/** The trails of an account in all Regions. For a member account this includes those of its organization. */
export const trailsOf = (accountId: string, world: World): readonly Trail[] =>
  [...world.trails.values()].filter((trail) => belongsTo(trail, accountId, world));

/** A multi-Region trail has a shadow trail in every other Region of its partition. */
export const isIn = (trail: Trail, region: string): boolean =>
  trail.homeRegion === region ||
  (trail.settings.IsMultiRegionTrail && partition.regions.includes(region));

/** Whether the caller sees a copy of the trail: from another Region or from a member account. */
export const isShadow = (trail: Trail, at: AccountRegion): boolean =>
  trail.accountId !== at.accountId ||
  (trail.homeRegion !== at.region && trail.settings.IsMultiRegionTrail);

const belongsTo = ({ accountId, settings }: Trail, account: string, { organization }: World) =>
  accountId === account || (settings.IsOrganizationTrail && organization.members.includes(account));
