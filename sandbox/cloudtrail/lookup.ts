import { partition } from '../home.ts';
import type { Place } from '../place.ts';
import { AwsError } from '../service.ts';
import type { World } from '../world.ts';
import { isDelegate } from './delegation.ts';
import { notManagementAccount, wrongAccount } from './errors.ts';
import type { Trail } from './trail-state.ts';
import { identify } from './trails.ts';

/** The trail that was typed, in whatever Region it is: what DescribeTrails finds. */
export const findTrail = (typed: unknown, at: Place, world: World): Trail | undefined => {
  const { arn, accountId } = identify(typed, at);
  const trail = world.trails.get(arn);
  if (trail && belongsTo(trail, at.accountId, world)) return trail;
  if (accountId !== at.accountId) throw wrongAccount(at.accountId);
  return undefined;
};

/** The trail that was typed, as every other read finds it: at home, or by its ARN where it has a shadow. */
export const visibleTrail = (typed: unknown, at: Place, world: World): Trail => {
  const trail = findTrail(typed, at, world);
  if (trail && isIn(trail, at.region)) return trail;
  throw new AwsError(
    'TrailNotFoundException',
    `Unknown trail: ${identify(typed, at).arn} for the user: ${at.accountId}`,
  );
};

/**
 * The trail that was typed, as a write finds it: a member that is no delegated administrator only looks, and a shadow is
 * not written to.
 */
export const ownTrail = (typed: unknown, at: Place, world: World): Trail => {
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

/** The trails that an account has in a Region, shadows included. */
export const trailsAt = (at: Place, world: World): readonly Trail[] =>
  trailsOf(at.accountId, world).filter((trail) => isIn(trail, at.region));

/** The trails that an account has in any Region; a member has those of its organization, too. */
export const trailsOf = (accountId: string, world: World): readonly Trail[] =>
  [...world.trails.values()].filter((trail) => belongsTo(trail, accountId, world));

/** A multi-Region trail has a shadow in every Region of its partition. */
export const isIn = (trail: Trail, region: string): boolean =>
  trail.homeRegion === region ||
  (trail.settings.IsMultiRegionTrail && partition.regions.includes(region));

/** Whether a trail is a replica from where the caller stands: of another Region, or of the organization. */
export const isShadow = (trail: Trail, at: Place): boolean =>
  trail.accountId !== at.accountId ||
  (trail.homeRegion !== at.region && trail.settings.IsMultiRegionTrail);

const belongsTo = ({ accountId, settings }: Trail, account: string, { organization }: World) =>
  accountId === account || (settings.IsOrganizationTrail && organization.members.includes(account));
