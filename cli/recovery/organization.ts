import {
  DescribeOrganizationCommand,
  type OrganizationsClient,
  paginateListAccounts,
} from '@aws-sdk/client-organizations';

/** The organization and its active accounts. */
export async function readOrganization(
  client: OrganizationsClient,
): Promise<{ readonly organization: string | null; readonly accounts: readonly string[] }> {
  const { Organization } = await client.send(new DescribeOrganizationCommand());
  const pages = await Array.fromAsync(paginateListAccounts({ client }, {}));
  const accounts = pages
    .flatMap(({ Accounts = [] }) => Accounts)
    .filter(({ State, Status }) => (State ?? Status) === 'ACTIVE')
    .flatMap(({ Id }) => Id ?? []);
  return { organization: Organization?.Id ?? null, accounts: accounts.toSorted() };
}
