import { arnPrefix } from './home.ts';
import { isAllowed } from './iam.ts';
import type { Operation, Service } from './operation.ts';
import { AwsError, type Call } from './service.ts';
import type { World } from './world.ts';

/** The part of Amazon S3 that publishes the assets of a CDK app. */
export const s3Objects: Service = {
  GetBucketLocation: onBucket('s3:GetBucketLocation', ({ region }) => ({
    LocationConstraint: region,
  })),
  GetBucketEncryption: onBucket('s3:GetEncryptionConfiguration', () => ({
    ServerSideEncryptionConfiguration: {
      Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
    },
  })),
  ListObjectsV2: onBucket('s3:ListBucket', ({ input: { Bucket, Prefix } }, { objects }) => {
    const start = `${Bucket}/`;
    const keys = [...objects.keys()].filter((path) => path.startsWith(`${start}${Prefix}`));
    return {
      ListBucketResult: {
        KeyCount: keys.length,
        IsTruncated: false,
        Contents: keys.map((path) => ({
          Key: path.slice(start.length),
          Size: objects.get(path)?.length,
        })),
      },
    };
  }),
  HeadObject: onObject('s3:GetObject', (call, { objects }) => {
    if (!objects.has(pathOf(call))) throw new AwsError('NotFound', 'Not Found', 404);
  }),
  PutObject: onObject('s3:PutObject', (call, { objects }) => {
    objects.set(pathOf(call), call.input.Body as Buffer);
  }),
};

type Perform = Operation['perform'];

function onBucket(action: string, perform: Perform): Operation {
  return on(action, ({ input }) => `${arnPrefix}:s3:::${input.Bucket}`, perform);
}

function onObject(action: string, perform: Perform): Operation {
  return on(action, (call) => `${arnPrefix}:s3:::${pathOf(call)}`, perform);
}

/** Only callers of the bucket's account are allowed, subject to their role's permissions. */
function on(action: string, resourceOf: (call: Call) => string, perform: Perform): Operation {
  return {
    needs: () => [],
    perform(call, world: World) {
      const bucket = world.buckets.get(String(call.input.Bucket));
      if (bucket === undefined) {
        throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
      }
      const owner = { accountId: bucket.owner, policy: null };
      const isOwn = bucket.owner === call.principal.accountId;
      if (
        !isOwn ||
        !isAllowed(world, call.principal, { action, resource: resourceOf(call) }, owner)
      ) {
        throw new AwsError('AccessDenied', 'Access Denied', 403);
      }
      return perform(call, world);
    },
  };
}

const pathOf = ({ input: { Bucket, Key } }: Call): string => `${Bucket}/${Key}`;
