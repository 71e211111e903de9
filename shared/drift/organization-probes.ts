import {
  CreateServiceLinkedRoleCommand,
  GetRoleCommand,
  type IAMClient,
} from '@aws-sdk/client-iam';
import {
  DescribeOrganizationCommand,
  EnableAWSServiceAccessCommand,
  type OrganizationsClient,
  paginateListAWSServiceAccessForOrganization,
  paginateListDelegatedAdministrators,
} from '@aws-sdk/client-organizations';
import { nameOf } from '#aws/errors.ts';
import { RoleName, ServicePrincipal } from '#aws/service-linked-role.ts';
import { asSet } from '#text/diff.ts';

/** The state of CloudTrail's service-linked role. Throws the errors of GetRole. */
export async function roleState(iam: IAMClient): Promise<'there' | 'gone'> {
  try {
    await iam.send(new GetRoleCommand({ RoleName }));
    return 'there';
  } catch (error) {
    if (nameOf(error).startsWith('NoSuchEntity')) return 'gone';
    throw error;
  }
}

/** Creates the role. An existing role is no error, because CloudTrail creates it too. */
export async function createServiceLinkedRole(iam: IAMClient): Promise<void> {
  try {
    await iam.send(new CreateServiceLinkedRoleCommand({ AWSServiceName: ServicePrincipal }));
  } catch (error) {
    if (!nameOf(error).startsWith('InvalidInput') || (await roleState(iam)) === 'gone') throw error;
  }
}

export async function enableServiceAccess(client: OrganizationsClient): Promise<void> {
  await client.send(new EnableAWSServiceAccessCommand({ ServicePrincipal }));
}

/** What AWS does not report counts as none at a first capture, and is omitted afterwards. */
export async function accessOf(client: OrganizationsClient, account: string, hasBaseline: boolean) {
  const none = { TrustedAccess: false, DelegatedAdministrators: [] };
  try {
    const [TrustedAccess, DelegatedAdministrators] = await Promise.all([
      hasTrustedAccess(client),
      delegatedAdministrators(client),
    ]);
    return {
      ...(!hasBaseline && none),
      ...(TrustedAccess !== undefined && { TrustedAccess }),
      ...(DelegatedAdministrators && { DelegatedAdministrators }),
    };
  } catch (error) {
    if (nameOf(error) === 'AWSOrganizationsNotInUseException') return none;
    if (nameOf(error) === 'AccessDeniedException' && (await isMember(client, account))) return none;
    throw error;
  }
}

/** A member account may not ask for the organization's access, and none of its trails depends on it. */
async function isMember(client: OrganizationsClient, account: string): Promise<boolean> {
  const { Organization } = await client.send(new DescribeOrganizationCommand());
  const management = Organization?.MasterAccountId;
  return management !== undefined && management !== account;
}

/** Undefined if AWS does not report it. */
async function hasTrustedAccess(client: OrganizationsClient): Promise<boolean | undefined> {
  for await (const page of paginateListAWSServiceAccessForOrganization({ client }, {})) {
    const enabled = page.EnabledServicePrincipals;
    if (enabled?.some((service) => service.ServicePrincipal === ServicePrincipal)) return true;
    if (!enabled?.every((service) => service.ServicePrincipal)) return undefined;
  }
  return false;
}

/** Undefined if AWS does not report them. */
async function delegatedAdministrators(
  client: OrganizationsClient,
): Promise<readonly string[] | undefined> {
  const ids: string[] = [];
  for await (const page of paginateListDelegatedAdministrators({ client }, { ServicePrincipal })) {
    const found = page.DelegatedAdministrators;
    if (!found?.every(({ Id }) => Id)) return undefined;
    ids.push(...found.flatMap(({ Id = [] }) => Id));
  }
  return asSet(ids);
}
