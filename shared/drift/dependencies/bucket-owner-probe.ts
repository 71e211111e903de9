import { type OrganizationsClient, paginateListAccounts } from '@aws-sdk/client-organizations';
import type { Aws } from '#aws/clients.ts';
import { headBucket } from './bucket-reads.ts';

/**
 * The account of the organization that owns a bucket; null if it is none of them, or if the bucket's policy does not let the caller
 * check. S3 does not name the owner, but says whether it is a given account. Throws the errors of ListAccounts and HeadBucket. Source: Amazon
 * S3 user guide, "Verifying bucket ownership with bucket owner condition".
 */
export async function findBucketOwner(
  aws: Aws,
  region: string,
  Bucket: string,
): Promise<string | null> {
  if (!(await headBucket(aws, region, { Bucket })).isAllowedIn) return null;
  const accounts = await accountsOf(await aws.organizations);
  for (let from = 0; from < accounts.length; from += atOnce) {
    const asked = accounts.slice(from, from + atOnce).map(async (ExpectedBucketOwner) => {
      const { isAllowedIn } = await headBucket(aws, region, { Bucket, ExpectedBucketOwner });
      return isAllowedIn ? [ExpectedBucketOwner] : [];
    });
    const [owner] = (await Promise.all(asked)).flat();
    if (owner !== undefined) return owner;
  }
  return null;
}

const atOnce = 20;

async function accountsOf(client: OrganizationsClient): Promise<string[]> {
  const ids: string[] = [];
  for await (const { Accounts = [] } of paginateListAccounts({ client }, {})) {
    ids.push(...Accounts.flatMap(({ Id }) => Id ?? []));
  }
  return ids;
}
