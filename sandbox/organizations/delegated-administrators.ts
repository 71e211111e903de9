import type { Operation } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import type { Delegation, Organization } from '../world.ts';
import { accountOf, checkManagement, checkReader } from './accounts.ts';
import { delegationOf, delegationsOf, deregister, memberArn, register } from './delegations.ts';
import { page, servicePrincipalIn } from './input.ts';

type Perform = Operation['perform'];

/** A permission on one account of the organization, which IAM policies can also restrict by service principal. */
export const onMember: Operation['needs'] = ({ operation, input }, { organization }) => [
  {
    action: `organizations:${operation}`,
    resource: memberArn(String(input.AccountId), organization),
    context: { 'organizations:ServicePrincipal': String(input.ServicePrincipal) },
  },
];

export const registerDelegatedAdministrator: Perform = (call, { organization }) => {
  checkManagement(call, organization);
  const servicePrincipal = servicePrincipalIn(call);
  const accountId = accountIn(call, organization);
  if (accountId === organization.managementAccount) {
    throw constraint('You cannot register master account/yourself as delegated administrator.');
  }
  if (!organization.trustedServices.has(servicePrincipal)) {
    throw constraint('You must enable service access before you register an administrator.');
  }
  if (delegationOf(accountId, servicePrincipal, organization)) {
    throw new AwsError(
      'AccountAlreadyRegisteredException',
      'The provided account is already a delegated administrator for your organization.',
    );
  }
  // Three is CloudTrail's limit; other services have their own.
  if (delegationsOf(servicePrincipal, organization).length >= 3) {
    throw constraint('You have exceeded the number of delegated administrators of the service.');
  }
  register({ accountId, servicePrincipal, since: call.at }, organization);
  return {};
};

export const deregisterDelegatedAdministrator: Perform = (call, { organization }) => {
  checkManagement(call, organization);
  const servicePrincipal = servicePrincipalIn(call);
  const accountId = accountIn(call, organization);
  if (deregister(accountId, servicePrincipal, organization)) return {};
  throw new AwsError(
    'AccountNotRegisteredException',
    'The provided account is not a registered delegated administrator for your organization.',
  );
};

/** Without a service principal, each account is listed once. */
export const listDelegatedAdministrators: Perform = (call, { organization }) => {
  checkReader(call, organization);
  const wanted =
    call.input.ServicePrincipal === undefined
      ? firstOfEach(organization.delegations)
      : delegationsOf(servicePrincipalIn(call), organization);
  const { items, more } = page(wanted, call);
  const administrators = items.map(({ accountId, since }) => ({
    ...accountOf(accountId, organization),
    DelegationEnabledDate: since,
  }));
  return { DelegatedAdministrators: administrators, ...more };
};

const firstOfEach = (delegations: readonly Delegation[]): readonly Delegation[] =>
  delegations.filter(
    ({ accountId }, at) => delegations.findIndex((one) => one.accountId === accountId) === at,
  );

function accountIn(
  { input: { AccountId } }: Call,
  { managementAccount, members }: Organization,
): string {
  const found = [managementAccount, ...members].find((id) => id === AccountId);
  if (found !== undefined) return found;
  throw new AwsError(
    'AccountNotFoundException',
    'You specified an account that does not exist in your organization.',
  );
}

const constraint = (message: string): AwsError =>
  new AwsError('ConstraintViolationException', message);
