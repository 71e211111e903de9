import { HeadBucketCommand } from '@aws-sdk/client-s3';
import type { Aws } from '#aws/clients.ts';

/** What S3 reports of a bucket. A null Region means that it does not exist. */
export type Head = { readonly region: string | null; readonly isAllowedIn: boolean };

/**
 * HeadBucket's result by its status, because it has no body. S3 reports the Region regardless of permissions. Source: Amazon
 * S3 API reference, HeadBucket.
 */
export async function headBucket(
  aws: Aws,
  region: string,
  input: { readonly Bucket: string; readonly ExpectedBucketOwner?: string },
): Promise<Head> {
  const client = await aws.dependenciesIn(input.ExpectedBucketOwner ?? null).s3In(region);
  try {
    const { BucketRegion } = await client.send(new HeadBucketCommand(input));
    return { region: BucketRegion ?? region, isAllowedIn: true };
  } catch (error) {
    const { $metadata, $response } = error as Partial<HttpError>;
    if ($metadata?.httpStatusCode === 404) return { region: null, isAllowedIn: false };
    if ($metadata?.httpStatusCode !== 403) throw named(error, $metadata?.httpStatusCode);
    return { region: $response?.headers?.['x-amz-bucket-region'] ?? region, isAllowedIn: false };
  }
}

/** The SDK has no message for a response without a body. */
function named(error: unknown, status: number | undefined): unknown {
  if (error instanceof Error && status !== undefined) {
    error.message = `HeadBucket returned status ${status}`;
  }
  return error;
}

type HttpError = {
  readonly $metadata: { readonly httpStatusCode?: number };
  readonly $response: { readonly headers?: Readonly<Record<string, string>> };
};
