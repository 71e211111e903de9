import { arnPrefix } from '../home.ts';
import type { Operation } from '../operation.ts';
import {
  delegationOf,
  delegationsOf,
  deregister,
  memberArn,
  register,
} from '../organizations/delegations.ts';
import { AwsError, type Call, type Need } from '../service.ts';
import type { Organization, World } from '../world.ts';
import { noTrustedAccess, notInOrganization } from './errors.ts';
import { text } from './input.ts';

/** CloudTrail's service principal in Organizations. */
export const servicePrincipal = 'cloudtrail.amazonaws.com';

/** Whether an account is a delegated administrator for CloudTrail. */
export const isDelegate = (accountId: string, organization: Organization): boolean =>
  delegationOf(accountId, servicePrincipal, organization) !== undefined;

/** RegisterOrganizationDelegatedAdmin of CloudTrail, which updates the list in Organizations. Messages: API reference. */
export const registerDelegate: Operation['perform'] = (call, { organization }) => {
  checkManagement(call, organization);
  const accountId = text(call.input.MemberAccountId);
  if (accountId === organization.managementAccount) {
    throw new AwsError(
      'CannotDelegateManagementAccountException',
      'The management account of an organization cannot be its delegated administrator.',
    );
  }
  checkMember(accountId, organization);
  if (isDelegate(accountId, organization)) {
    throw new AwsError(
      'AccountRegisteredException',
      `Account ${accountId} is already registered as the CloudTrail delegated administrator.`,
    );
  }
  // CloudTrail User Guide, "Organization delegated administrator": at most three.
  if (delegationsOf(servicePrincipal, organization).length >= 3) {
    throw new AwsError(
      'DelegatedAdminAccountLimitExceededException',
      'The maximum number of CloudTrail delegated administrators is reached.',
    );
  }
  register({ accountId, servicePrincipal, since: call.at }, organization);
  return {};
};

export const deregisterDelegate: Operation['perform'] = (call, { organization }) => {
  checkManagement(call, organization);
  const accountId = text(call.input.DelegatedAdminAccountId);
  checkMember(accountId, organization);
  if (!deregister(accountId, servicePrincipal, organization)) {
    throw new AwsError(
      'AccountNotRegisteredException',
      `Account ${accountId} is not registered as the CloudTrail delegated administrator.`,
    );
  }
  return {};
};

// CloudTrail User Guide, "Required permissions to assign a delegated administrator". The role exists, so no permission
// to create it is needed.
export const delegationNeeds = (call: Call, { organization }: World): readonly Need[] => {
  const { operation, principal, input } = call;
  const accountId = String(input.MemberAccountId ?? input.DelegatedAdminAccountId);
  const action = operation.startsWith('Register')
    ? 'RegisterDelegatedAdministrator'
    : 'DeregisterDelegatedAdministrator';
  return [
    { action: `cloudtrail:${operation}`, resource: '*' },
    {
      action: `organizations:${action}`,
      resource: memberArn(accountId, organization),
      context: { 'organizations:ServicePrincipal': servicePrincipal },
    },
    { action: 'organizations:ListAWSServiceAccessForOrganization', resource: '*' },
    {
      action: 'iam:GetRole',
      resource: `${arnPrefix}:iam::${principal.accountId}:role/aws-service-role/cloudtrail.amazonaws.com/AWSServiceRoleForCloudTrail`,
    },
  ];
};

const checkManagement = ({ principal: { accountId } }: Call, organization: Organization) => {
  const { managementAccount, members, trustedServices } = organization;
  if (![managementAccount, ...members].includes(accountId)) throw notInOrganization(accountId);
  if (accountId !== managementAccount) {
    throw new AwsError(
      'NotOrganizationManagementAccountException',
      `Account ${accountId} is not the management account of the organization.`,
    );
  }
  if (!trustedServices.has(servicePrincipal)) throw noTrustedAccess();
};

const checkMember = (accountId: string, { managementAccount, members }: Organization) => {
  if ([managementAccount, ...members].includes(accountId)) return;
  throw new AwsError(
    'AccountNotFoundException',
    `Account ${accountId} is not found or is not part of the organization.`,
  );
};
