import { servicePrincipal as cloudtrail } from '../cloudtrail/delegation.ts';
import type { Operation } from '../operation.ts';
import type { World } from '../world.ts';
import { checkManagement, checkReader } from './accounts.ts';
import { page, servicePrincipalIn } from './input.ts';

type Perform = Operation['perform'];
type Needs = Operation['needs'];

export const onEverything: Needs = ({ operation }) => [
  { action: `organizations:${operation}`, resource: '*' },
];

/** A right that IAM narrows by the service that is named, and by no resource. */
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

// That both calls succeed where there is nothing to do is not measured.
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
  if (service === cloudtrail) leaveAccountTrails(world);
  return {};
};

/** CloudTrail leaves each organization trail to the management account alone, and no UpdateTrail shows it (tse-se#13). */
function leaveAccountTrails({ trails }: World): void {
  for (const trail of trails.values()) {
    trails.set(trail.arn, {
      ...trail,
      settings: { ...trail.settings, IsOrganizationTrail: false },
    });
  }
}
