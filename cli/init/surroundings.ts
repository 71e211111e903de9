import {
  CloudTrailClient,
  GetTrailCommand,
  GetTrailStatusCommand,
  paginateListTrails,
} from '@aws-sdk/client-cloudtrail';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DescribeOrganizationCommand,
  OrganizationsClient,
  paginateListDelegatedAdministrators,
} from '@aws-sdk/client-organizations';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import * as z from 'zod';
import { awsByRegion } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';
import { parseTrailArn } from '#trail/trail-arn.ts';
import { dependenciesOf, type FoundDependency } from './dependencies.ts';

/** A trail of the account. */
export type FoundTrail = {
  readonly arn: string;
  readonly name: string;
  readonly region: string;
  readonly isOrganizationTrail: boolean;
  readonly isLogging: boolean;
  readonly bucket: string;
  readonly dependencies: readonly FoundDependency[];
};

type Organization = { readonly id: string; readonly managementAccount: string };

/** The account of the credentials, its organization and its trails. */
export type Surroundings = {
  readonly account: string;
  readonly caller: string;
  /** Null if the account is in no organization. */
  readonly organization: Organization | null;
  /** The accounts that administer CloudTrail for the organization; empty unless the account is the management account. */
  readonly delegatedAdministrators: readonly string[];
  readonly trails: readonly FoundTrail[];
};

/** `bucketOwner` is the account of buckets whose owner cannot be found. */
export async function surroundings(bucketOwner: string | null = null): Promise<Surroundings> {
  const identity = await new STSClient().send(new GetCallerIdentityCommand());
  const { Account: account, Arn: caller } = z
    .object({ Account: z.string(), Arn: z.string() })
    .parse(identity);
  const organizations = new OrganizationsClient();
  const [organization, trails] = await Promise.all([
    organizationOf(organizations),
    trailsOf(account, bucketOwner),
  ]);
  const isManagement = organization?.managementAccount === account;
  const delegatedAdministrators = isManagement ? await delegatesOf(organizations) : [];
  return { account, caller, organization, delegatedAdministrators, trails };
}

async function organizationOf(client: OrganizationsClient): Promise<Organization | null> {
  try {
    const { Organization } = await client.send(new DescribeOrganizationCommand());
    return z
      .object({ Id: z.string(), MasterAccountId: z.string() })
      .transform(({ Id, MasterAccountId }) => ({ id: Id, managementAccount: MasterAccountId }))
      .parse(Organization);
  } catch (error) {
    if (nameOf(error) === 'AWSOrganizationsNotInUseException') return null;
    throw error;
  }
}

async function delegatesOf(client: OrganizationsClient): Promise<readonly string[]> {
  const ServicePrincipal = 'cloudtrail.amazonaws.com';
  const pages = await Array.fromAsync(
    paginateListDelegatedAdministrators({ client }, { ServicePrincipal }),
  );
  return pages.flatMap(({ DelegatedAdministrators = [] }) =>
    DelegatedAdministrators.flatMap(({ Id = [] }) => Id),
  );
}

/** The account's own trails in every Region. A member account also lists the organization's trails, which it cannot change. */
async function trailsOf(
  account: string,
  bucketOwner: string | null,
): Promise<readonly FoundTrail[]> {
  const pages = await Array.fromAsync(paginateListTrails({ client: new CloudTrailClient() }, {}));
  const arns = pages.flatMap(({ Trails = [] }) => Trails.flatMap(({ TrailARN = [] }) => TrailARN));
  const awsOf = awsByRegion();
  return Promise.all(
    arns
      .map((arn) => parseTrailArn(arn))
      .filter(({ accountId }) => accountId === account)
      .map(async ({ arn, name, region }) => {
        const aws = awsOf(region);
        const { cloudtrail } = aws;
        const [{ Trail }, { IsLogging = false }] = await Promise.all([
          cloudtrail.send(new GetTrailCommand({ Name: arn })),
          cloudtrail.send(new GetTrailStatusCommand({ Name: arn })),
        ]);
        const { IsOrganizationTrail: isOrganizationTrail = false, S3BucketName: bucket = '' } =
          Trail ?? {};
        const dependencies = await dependenciesOf(aws, arn, Trail ?? {}, bucketOwner);
        const found = { arn, name, region, isOrganizationTrail, bucket, dependencies };
        return { ...found, isLogging: IsLogging };
      }),
  );
}

/** The ARN by which policies know the caller: of the user, or of the role of a session. Null for a root user, which cannot approve. */
export async function approverArn(caller: string): Promise<string | null> {
  if (caller.includes(':user/')) return caller;
  const [, RoleName] = /:assumed-role\/([^/]+)\//.exec(caller) ?? [];
  if (RoleName === undefined) return null;
  const { Role } = await new IAMClient().send(new GetRoleCommand({ RoleName }));
  // The name of a role of IAM Identity Center ends in 16 characters that change when the role is created again.
  return Role?.Arn?.replace(/(\/AWSReservedSSO_.+_)[0-9a-f]{16}$/, '$1*') ?? null;
}
