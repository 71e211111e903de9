import type { Operation, Service } from '../operation.ts';
import { AwsError, type Call } from '../service.ts';
import { bucketFor } from './access.ts';

/** The part of Amazon S3 that publishes the assets of a CDK app. */
export const s3Objects: Service = {
  GetBucketLocation: onBucket('s3:GetBucketLocation', ({ region }) => ({
    LocationConstraint: region,
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
  return {
    needs: () => [],
    perform(call, world) {
      bucketFor(call, world, action);
      return perform(call, world);
    },
  };
}

function onObject(action: string, perform: Perform): Operation {
  return {
    needs: () => [],
    perform(call, world) {
      bucketFor(call, world, action, String(call.input.Key));
      return perform(call, world);
    },
  };
}

const pathOf = ({ input: { Bucket, Key } }: Call): string => `${Bucket}/${Key}`;
