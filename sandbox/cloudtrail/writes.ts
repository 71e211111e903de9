import type { AccountRegion } from '../account-region.ts';
import type { Operation } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import { createServiceLinkedRole, serviceLinkedRole } from '../service-linked-role.ts';
import type { World } from '../world.ts';
import { isDelegate } from './delegation.ts';
import { notManagementAccount } from './errors.ts';
import { text } from './input.ts';
import { isIn, ownTrail, trailsAt, trailsOf } from './lookup.ts';
import { defaultSelectors } from './reads.ts';
import { trailName } from './rules.ts';
import { applyUpdate, configurationOf } from './settings.ts';
import { tagList } from './tags.ts';
import { emptyTrail, type Identity, type Logging, type Trail } from './trail-state.ts';
import { accountRegionOf, identify } from './trails.ts';

type Perform = Operation['perform'];

/** A new trail does not log. */
export const createTrail: Perform = (call, world) => {
  const home = ownerPlace(call, world);
  const identity = identify(trailName(text(call.input.Name)), home);
  checkNew(identity, world);
  const trail: Trail = {
    ...emptyTrail,
    ...identity,
    settings: applyUpdate({}, call, identity, world),
    logging: { IsLogging: false },
    selectors: defaultSelectors,
    tags: tagList(call.input.TagsList),
  };
  checkQuota(trail, world);
  world.trails.set(trail.arn, trail);
  ensureServiceLinkedRole(trail, world);
  return configurationOf(trail);
};

/** Validates everything before it changes anything: AWS applies an update completely or not at all. */
export const updateTrail: Perform = (call, world) => {
  const trail = ownTrail(call.input.Name, accountRegionOf(call), world);
  checkConversion(trail, call);
  const updated = { ...trail, settings: applyUpdate(trail.settings, call, trail, world) };
  world.trails.set(trail.arn, updated);
  ensureServiceLinkedRole(updated, world);
  return configurationOf(updated);
};

// Creates CloudTrail's service-linked role for an organization trail if the account does not have it.
const ensureServiceLinkedRole = ({ accountId, settings }: Trail, world: World) => {
  if (settings.IsOrganizationTrail && !world.roles.has(serviceLinkedRole(accountId))) {
    createServiceLinkedRole(accountId, world);
  }
};

export const deleteTrail: Perform = (call, world) => {
  world.trails.delete(ownTrail(call.input.Name, accountRegionOf(call), world).arn);
  return {};
};

// A call without an effect keeps the times. This follows from their documentation ("when CloudTrail started
// recording"); it is not verified.
const turn =
  (IsLogging: boolean, time: 'StartLoggingTime' | 'StopLoggingTime'): Perform =>
  (call, world) => {
    const trail = ownTrail(call.input.Name, accountRegionOf(call), world);
    if (trail.logging.IsLogging === IsLogging) return {};
    const logging: Logging = { ...trail.logging, IsLogging, [time]: call.at };
    world.trails.set(trail.arn, { ...trail, logging });
    return {};
  };

export const startLogging = turn(true, 'StartLoggingTime');
export const stopLogging = turn(false, 'StopLoggingTime');

// "The management account remains the owner of any CloudTrail organization resources the delegated
// administrator creates" (CloudTrail User Guide, "Organization delegated administrator").
const ownerPlace = (call: Call, { organization }: World): AccountRegion => {
  const at = accountRegionOf(call);
  return call.input.IsOrganizationTrail === true && isDelegate(at.accountId, organization)
    ? { ...at, accountId: organization.managementAccount }
    : at;
};

// "Only the management account for the organization can convert an organization trail to a
// non-organization trail" (API reference, UpdateTrail).
const checkConversion = (trail: Trail, { input, principal: { accountId } }: Call) => {
  if (trail.accountId === accountId) return;
  if (input.IsOrganizationTrail === false) throw notManagementAccount(accountId);
};

const checkNew = ({ arn, name, accountId }: Identity, world: World) => {
  if (!world.trails.has(arn)) return;
  throw new AwsError(
    'TrailAlreadyExistsException',
    `Trail ${name} already exists for customer: ${accountId}`,
  );
};

// A Region can have five trails, shadow trails included, and a multi-Region trail needs room in every Region
// (CloudTrail User Guide, "Quotas"). Message: AWS's, as reported in linz/geostore#1450.
const checkQuota = (trail: Trail, world: World) => {
  const { accountId } = trail;
  // A Region without home trails never has more trails than one with home trails, so checking those is enough.
  const homes = new Set([trail, ...trailsOf(accountId, world)].map((one) => one.homeRegion));
  const full = [...homes]
    .filter((region) => isIn(trail, region))
    .find((region) => trailsAt({ accountId, region }, world).length >= 5);
  if (full === undefined) return;
  throw new AwsError(
    'MaximumNumberOfTrailsExceededException',
    `User: ${accountId} already has 5 trails in ${full}.`,
  );
};
