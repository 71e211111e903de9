import { arnPrefix } from '../home.ts';
import type { Delegation, Organization } from '../world.ts';

// The list of delegated administrators. Organizations and the services themselves write it.

export const delegationsOf = (
  servicePrincipal: string,
  { delegations }: Organization,
): readonly Delegation[] => delegations.filter((one) => one.servicePrincipal === servicePrincipal);

export const delegationOf = (
  accountId: string,
  servicePrincipal: string,
  organization: Organization,
): Delegation | undefined =>
  delegationsOf(servicePrincipal, organization).find((one) => one.accountId === accountId);

export const register = (delegation: Delegation, { delegations }: Organization): void => {
  delegations.push(delegation);
};

/** Removes an account from the list; returns false if it was not on the list. */
export const deregister = (
  accountId: string,
  servicePrincipal: string,
  organization: Organization,
): boolean => {
  const found = delegationOf(accountId, servicePrincipal, organization);
  if (found === undefined) return false;
  organization.delegations.splice(organization.delegations.indexOf(found), 1);
  return true;
};

/** The ARN of an account of the organization, as used by Organizations and IAM. */
export const memberArn = (accountId: string, { id, managementAccount }: Organization): string =>
  `${arnPrefix}:organizations::${managementAccount}:account/${id}/${accountId}`;
