import type { Service } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import type { Bucket, BucketConfiguration } from '../world.ts';
import { accessDenied, bucketFor, bucketName } from './access.ts';
import { elementsOf, malformedXml } from './xml.ts';

/**
 * The access control list of a bucket. Sources: Amazon S3 API reference, GetBucketAcl and PutBucketAcl; user guide, "Access control
 * list (ACL) overview", "Controlling ownership of objects and disabling ACLs" and "Troubleshooting" of Object Ownership.
 */
export const acls: Service = {
  GetBucketAcl: {
    needs: () => [],
    perform(call, world) {
      const bucket = bucketFor(call, world, 's3:GetBucketAcl');
      const { owner } = bucket;
      const grants = hasNoAcls(bucket) ? [ownersGrant(owner)] : grantsOf(bucket);
      return {
        AccessControlPolicy: {
          Owner: { ID: canonicalId(owner) },
          AccessControlList: { Grant: grants.map(asElement) },
        },
      };
    },
  },
  PutBucketAcl: {
    needs: () => [],
    perform(call, world) {
      const bucket = bucketFor(call, world, 's3:PutBucketAcl');
      const grants = grantsIn(call, bucket);
      if (hasNoAcls(bucket) && (call.input.ACL === 'private' || hasOthers(bucket.owner, grants))) {
        throw notSupported();
      }
      const { publicAccessBlock } = bucket.configurations ?? {};
      if (publicAccessBlock?.BlockPublicAcls === 'true' && grants.some(isPublic)) {
        throw accessDenied();
      }
      const configurations = { ...bucket.configurations, acl: { grants } };
      world.buckets.set(bucketName(call), { ...bucket, configurations });
    },
  },
};

/** Object Ownership cannot disable the list while it grants others something. */
export function checkOwnership({ Rule }: BucketConfiguration, bucket: Bucket): void {
  if (!isEnforced(Rule) || !hasOthers(bucket.owner, grantsOf(bucket))) return;
  const message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
  throw new AwsError('InvalidBucketAclWithObjectOwnership', message);
}

/** An account by its canonical ID, or a group by its URI. */
type Grant = { readonly id?: string; readonly uri?: string; readonly permission: string };

const grantsOf = ({ owner, configurations }: Bucket): readonly Grant[] =>
  (configurations?.acl?.grants as readonly Grant[] | undefined) ?? [ownersGrant(owner)];

function grantsIn({ input: { ACL: canned, AccessControlPolicy: sent } }: Call, { owner }: Bucket) {
  if (typeof canned === 'string') {
    const others = cannedGrants[canned];
    if (others === undefined) throw notModeled();
    return [ownersGrant(owner), ...others];
  }
  const { Owner, AccessControlList = {} } = (sent ?? {}) as BucketConfiguration;
  if (Owner === undefined) throw malformedXml();
  if ((Owner as BucketConfiguration).ID !== canonicalId(owner)) throw accessDenied();
  return elementsOf(AccessControlList as BucketConfiguration, 'Grant').map(
    ({ Grantee, Permission }): Grant => {
      const { ID, URI } = Grantee as BucketConfiguration;
      return {
        ...(ID !== undefined && { id: String(ID) }),
        ...(URI !== undefined && { uri: String(URI) }),
        permission: String(Permission),
      };
    },
  );
}

const asElement = ({ id, uri, permission }: Grant): object => {
  const type = uri === undefined ? 'CanonicalUser' : 'Group';
  const grantee = uri === undefined ? { ID: id } : { URI: uri };
  return {
    [`Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"`]: grantee,
    Permission: permission,
  };
};

const ownersGrant = (owner: string): Grant => ({
  id: canonicalId(owner),
  permission: 'FULL_CONTROL',
});

const allUsers = 'http://acs.amazonaws.com/groups/global/AllUsers';

/** What a canned list grants to others than the owner. */
const cannedGrants: Readonly<Record<string, readonly Grant[]>> = {
  private: [],
  'bucket-owner-full-control': [],
  'public-read': [{ uri: allUsers, permission: 'READ' }],
  'public-read-write': ['READ', 'WRITE'].map((permission) => ({ uri: allUsers, permission })),
};

const isPublic = ({ uri = '' }: Grant): boolean => uri.startsWith(allUsers.replace('AllUsers', ''));

const hasOthers = (owner: string, grants: readonly Grant[]): boolean =>
  grants.some(({ id }) => id !== canonicalId(owner));

const hasNoAcls = ({ configurations }: Bucket): boolean =>
  isEnforced(configurations?.ownershipControls?.Rule);

const isEnforced = (rule: unknown): boolean =>
  (rule as BucketConfiguration | undefined)?.ObjectOwnership === 'BucketOwnerEnforced';

/** The canonical user ID of an account. */
export const canonicalId = (accountId: string): string => accountId.padEnd(64, '0');

const notSupported = (): AwsError =>
  new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');

const notModeled = (): AwsError =>
  new AwsError('NotImplemented', 'The sandbox models few canned access control lists.', 501);
