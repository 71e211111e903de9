import type { Service } from '../operation.ts';
import { AwsError } from '../service.ts';
import type { Bucket, BucketConfiguration } from '../world.ts';
import { accessDenied, bucketFor, bucketName } from './access.ts';

/**
 * The access control list of a bucket, by its canned name. Sources: Amazon S3 API reference, GetBucketAcl and PutBucketAcl;
 * user guide, "Access control list (ACL) overview" and "Controlling ownership of objects and disabling ACLs".
 */
export const acls: Service = {
  GetBucketAcl: {
    needs: () => [],
    perform(call, world) {
      const bucket = bucketFor(call, world, 's3:GetBucketAcl');
      const Owner = { ID: canonicalId(bucket.owner) };
      const { canned = 'private' } = bucket.configurations?.acl ?? {};
      const Grant = [
        grant('CanonicalUser', Owner, 'FULL_CONTROL'),
        ...(grants[String(canned)] ?? []),
      ];
      return { AccessControlPolicy: { Owner, AccessControlList: { Grant } } };
    },
  },
  PutBucketAcl: {
    needs: () => [],
    perform(call, world) {
      const bucket = bucketFor(call, world, 's3:PutBucketAcl');
      const { ACL: canned } = call.input;
      if (typeof canned !== 'string' || !(canned in grants)) throw notModeled();
      const isPublic = grants[canned]?.length !== 0;
      if (isPublic && hasNoAcls(bucket)) throw notSupported();
      if (isPublic && bucket.configurations?.publicAccessBlock?.BlockPublicAcls === 'true') {
        throw accessDenied();
      }
      const configurations = { ...bucket.configurations, acl: { canned } };
      world.buckets.set(bucketName(call), { ...bucket, configurations });
    },
  },
};

const grant = (type: string, grantee: object, Permission: string): object => ({
  [`Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"`]: grantee,
  Permission,
});

const allUsers = { URI: 'http://acs.amazonaws.com/groups/global/AllUsers' };

/** What a canned list grants to others than the owner. */
const grants: Readonly<Record<string, readonly object[]>> = {
  private: [],
  'bucket-owner-full-control': [],
  'public-read': [grant('Group', allUsers, 'READ')],
  'public-read-write': [grant('Group', allUsers, 'READ'), grant('Group', allUsers, 'WRITE')],
};

const hasNoAcls = ({ configurations }: Bucket): boolean => {
  const { Rule } = configurations?.ownershipControls ?? {};
  return (Rule as BucketConfiguration | undefined)?.ObjectOwnership === 'BucketOwnerEnforced';
};

/** The canonical user ID of an account. */
const canonicalId = (accountId: string): string => accountId.padEnd(64, '0');

const notSupported = (): AwsError =>
  new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');

const notModeled = (): AwsError =>
  new AwsError('NotImplemented', 'The sandbox models canned access control lists only.', 501);
