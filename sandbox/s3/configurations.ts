import type { Operation, Service } from '../operation.ts';
import type { Need } from '../service.ts';
import type { BucketConfiguration } from '../world.ts';
import { accessDenied, bucketFor, bucketName } from './access.ts';
import { configurationOf, type Subresource, subresources } from './subresources.ts';

/** The operations on the configurations of a bucket. */
export const configurationOperations: Service = Object.fromEntries(
  subresources.flatMap((one) => [
    [one.get, reading(one)],
    [one.put, putting(one)],
    ...(one.delete === undefined ? [] : [[one.delete, deleting(one)] as const]),
  ]),
);

function reading(subresource: Subresource): Operation {
  const { root, action } = subresource;
  return {
    needs: () => [],
    perform: (call, world) => ({
      [root]: configurationOf(bucketFor(call, world, `s3:Get${action}`), subresource),
    }),
  };
}

function putting({ query, root, action, check, stored }: Subresource): Operation {
  return {
    needs: ({ input }) => toPassRole(input[root] as BucketConfiguration),
    perform(call, world) {
      const bucket = bucketFor(call, world, `s3:Put${action}`);
      const sent = call.input[root] as BucketConfiguration;
      check?.(sent, bucket, world, call);
      const configurations = { ...bucket.configurations, [query]: stored?.(sent) ?? sent };
      world.buckets.set(bucketName(call), { ...bucket, configurations });
    },
  };
}

function deleting({ query, action }: Subresource): Operation {
  return {
    needs: () => [],
    perform(call, world) {
      const bucket = bucketFor(call, world, `s3:Put${action}`);
      const { [query]: _, ...configurations } = bucket.configurations ?? {};
      world.buckets.set(bucketName(call), { ...bucket, configurations });
    },
  };
}

/** Replication runs as a role, which the caller passes. Source: Amazon S3 API reference, PutBucketReplication, "Permissions". */
const toPassRole = ({ Role }: BucketConfiguration): readonly Need[] =>
  Role === undefined
    ? []
    : [
        {
          action: 'iam:PassRole',
          resource: String(Role),
          context: { 'iam:PassedToService': 's3.amazonaws.com' },
          refusal: accessDenied(),
        },
      ];
