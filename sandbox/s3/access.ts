import { arnPrefix } from '../home.ts';
import { isAllowed } from '../iam.ts';
import { AwsError, type Call } from '../service.ts';
import type { Bucket, World } from '../world.ts';

/** The bucket that a call names, if it is where the call expects it and the caller may perform the action on it. */
export function bucketFor(call: Call, world: World, action: string, key?: string): Bucket {
  const bucket = existingBucket(call, world);
  if (call.region !== bucket.region) throw movedTo(bucket.region);
  const resource = key === undefined ? bucketArn(call) : `${bucketArn(call)}/${key}`;
  if (isExpected(call, bucket) && may(call, world, bucket, action, resource)) return bucket;
  throw accessDenied();
}

/**
 * The bucket whose policy a call reads or changes. The bucket's account alone can, even if its policy allows others; its
 * root user always can, even if the policy denies. Source: Amazon S3 API reference, PutBucketPolicy.
 */
export function bucketForPolicy(call: Call, world: World): Bucket {
  const { principal } = call;
  const bucket = existingBucket(call, world);
  const isOwn = bucket.owner === principal.accountId;
  const isRoot = isOwn && principal.type === 'Root' && isExpected(call, bucket);
  const found = isRoot ? bucket : bucketFor(call, world, `s3:${call.operation}`);
  if (isOwn) return found;
  const message = 'The specified method is not allowed against this resource.';
  throw new AwsError('MethodNotAllowed', message, 405);
}

/** Whether a caller may see a bucket that is where the call expects it. */
export const maySee = (call: Call, world: World, bucket: Bucket): boolean =>
  isExpected(call, bucket) && may(call, world, bucket, 's3:ListBucket', bucketArn(call));

function existingBucket(call: Call, { buckets }: World): Bucket {
  const bucket = buckets.get(bucketName(call));
  if (bucket !== undefined) return bucket;
  throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
}

const may = (call: Call, world: World, { owner, policy }: Bucket, action: string, on: string) =>
  isAllowed(
    world,
    call.principal,
    { action, resource: on, context: contextOf(call) },
    { accountId: owner, policy },
  );

/** Source: Amazon S3 user guide, "Enforce conditional writes on Amazon S3 buckets". */
const contextOf = ({ input: { IfNoneMatch } }: Call): Readonly<Record<string, string>> =>
  IfNoneMatch === undefined ? {} : { 's3:if-none-match': String(IfNoneMatch) };

/** Source: Amazon S3 user guide, "Verifying bucket ownership with bucket owner condition". */
const isExpected = ({ input: { ExpectedBucketOwner: expected } }: Call, { owner }: Bucket) =>
  expected === undefined || expected === owner;

export const bucketArn = (call: Call): string => `${arnPrefix}:s3:::${bucketName(call)}`;

export const bucketName = ({ input }: Call): string => String(input.Bucket);

export const accessDenied = (): AwsError => new AwsError('AccessDenied', 'Access Denied', 403);

/** Source: Amazon S3 user guide, "Making requests using REST", "Request redirection". */
export const movedTo = (region: string): AwsError =>
  new AwsError('PermanentRedirect', 'Moved Permanently', 301, { 'x-amz-bucket-region': region });
