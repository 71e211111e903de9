import type { IAMClient } from '@aws-sdk/client-iam';
import {
  DescribeOrganizationCommand,
  type OrganizationsClient,
  paginateListAWSServiceAccessForOrganization,
  paginateListDelegatedAdministrators,
} from '@aws-sdk/client-organizations';
import { nameOf } from '#aws/errors.ts';
import { hasServiceLinkedRole } from '#aws/service-linked-role.ts';
import { asSet } from '#text/diff.ts';

/** CloudTrail, as Organizations and IAM name it. */
export const ServicePrincipal = 'cloudtrail.amazonaws.com';

/** The state of CloudTrail's service-linked role. Throws the errors of GetRole. */
export const roleState = async (iam: IAMClient): Promise<string> =>
  (await hasServiceLinkedRole(iam)) ? 'there' : 'gone';

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
