import type { Account, DescribeOrganizationResponse } from '@aws-sdk/client-organizations';
import { arnPrefix } from '../home.ts';
import type { Operation } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import type { Organization } from '../world.ts';
import { memberArn } from './delegations.ts';
import { page } from './input.ts';

type Perform = Operation['perform'];

/** Every account of the organization may call this. */
export const describeOrganization: Perform = (call, { organization }) => {
  checkInside(call, organization);
  const { id, managementAccount } = organization;
  return {
    Organization: {
      Id: id,
      Arn: `${arnPrefix}:organizations::${managementAccount}:organization/${id}`,
      FeatureSet: 'ALL',
      MasterAccountArn: memberArn(managementAccount, organization),
      MasterAccountId: managementAccount,
      MasterAccountEmail: emailOf(managementAccount),
      AvailablePolicyTypes: [],
    },
  } satisfies DescribeOrganizationResponse;
};

export const listAccounts: Perform = (call, { organization }) => {
  checkReader(call, organization);
  const accounts = [organization.managementAccount, ...organization.members];
  const { items, more } = page(accounts, call);
  return { Accounts: items.map((id) => accountOf(id, organization)), ...more };
};

export const accountOf = (Id: string, organization: Organization) =>
  ({
    Id,
    Arn: memberArn(Id, organization),
    Email: emailOf(Id),
    Name: `account-${Id}`,
    Status: 'ACTIVE',
    State: 'ACTIVE',
    JoinedMethod: 'CREATED',
    JoinedTimestamp: new Date('2020-01-01T00:00:00Z'),
  }) satisfies Account;

/** "Can be called only from the organization's management account" (API reference). */
export function checkManagement(call: Call, organization: Organization): void {
  checkInside(call, organization);
  if (call.principal.accountId !== organization.managementAccount) throw denied();
}

/** "… or by a member account that is a delegated administrator" (API reference), of any service. */
export function checkReader(call: Call, organization: Organization): void {
  checkInside(call, organization);
  const { accountId } = call.principal;
  const readers = organization.delegations.map((delegation) => delegation.accountId);
  if (![organization.managementAccount, ...readers].includes(accountId)) throw denied();
}

function checkInside(
  { principal: { accountId } }: Call,
  { managementAccount, members }: Organization,
): void {
  if ([managementAccount, ...members].includes(accountId)) return;
  throw new AwsError(
    'AWSOrganizationsNotInUseException',
    'Your account is not a member of an organization.',
  );
}

// Message: AWS's (aws-samples/aws-iam-access-key-auto-rotation#10).
const denied = (): AwsError =>
  new AwsError('AccessDeniedException', "You don't have permissions to access this resource.");

const emailOf = (accountId: string): string => `${accountId}@example.com`;
