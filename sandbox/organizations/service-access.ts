import { servicePrincipal as cloudtrail } from '../cloudtrail/delegation.ts';
import type { Operation } from '../operation.ts';
import type { World } from '../world.ts';
import { checkManagement, checkReader } from './accounts.ts';
import { page, servicePrincipalIn } from './input.ts';

type Perform = Operation['perform'];
type Needs = Operation['needs'];

export const onAllResources: Needs = ({ operation }) => [
  { action: `organizations:${operation}`, resource: '*' },
];

/** A permission that IAM policies can restrict by service principal but not by resource. */
export const forService: Needs = ({ operation, input: { ServicePrincipal } }) => [
  {
    action: `organizations:${operation}`,
    resource: '*',
    ...(typeof ServicePrincipal === 'string' && {
      context: { 'organizations:ServicePrincipal': ServicePrincipal },
    }),
  },
];

export const listServiceAccess: Perform = (call, { organization }) => {
  checkReader(call, organization);
  const { items, more } = page([...organization.trustedServices], call);
  const enabled = items.map(([ServicePrincipal, DateEnabled]) => ({
    ServicePrincipal,
    DateEnabled,
  }));
  return { EnabledServicePrincipals: enabled, ...more };
};

// It is not verified that both calls succeed if there is nothing to change.
export const enableServiceAccess: Perform = (call, { organization }) => {
  checkManagement(call, organization);
  const service = servicePrincipalIn(call);
  if (!organization.trustedServices.has(service)) {
    organization.trustedServices.set(service, call.at);
  }
  return {};
};

export const disableServiceAccess: Perform = (call, world) => {
  checkManagement(call, world.organization);
  const service = servicePrincipalIn(call);
  world.organization.trustedServices.delete(service);
  if (service === cloudtrail) convertToAccountTrails(world);
  return {};
};

/**
 * Turns every organization trail into a trail of the management account only. UpdateTrail does not appear in the
 * records (tse-se#13).
 */
function convertToAccountTrails({ trails }: World): void {
  for (const trail of trails.values()) {
    trails.set(trail.arn, {
      ...trail,
      settings: { ...trail.settings, IsOrganizationTrail: false },
    });
  }
}
