import { paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import type { Aws } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';
import { accessDenied, gone } from './destination-impacts.ts';

/** What S3 reports of a bucket. A null Region means that it does not exist. */
export type Head = { readonly region: string | null; readonly isAllowedIn: boolean };

/**
 * HeadBucket's result by its status, because it has no body. S3 reports the Region regardless of permissions. Source: Amazon
 * S3 API reference, HeadBucket.
 */
export async function headBucket(
  { s3In }: Aws,
  region: string,
  input: { readonly Bucket: string; readonly ExpectedBucketOwner?: string },
): Promise<Head> {
  try {
    const { BucketRegion } = await (await s3In(region)).send(new HeadBucketCommand(input));
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

/** Reads the state of a destination by ARN; undefined if AWS does not report it. */
type Probe = (aws: Aws, arn: string) => Promise<string | undefined>;

/** The state of a key, as KMS names it. A key in state `Updating` can be used. Source: AWS KMS API reference, UpdatePrimaryRegion. */
export const keyState: Probe = async ({ kmsIn }, arn) => {
  const kms = await kmsIn(regionOf(arn));
  const asked = kms.send(new DescribeKeyCommand({ KeyId: arn }));
  return unlessUnseen(asked, ({ KeyMetadata }) => {
    return KeyMetadata?.KeyState === 'Updating' ? 'Enabled' : KeyMetadata?.KeyState;
  });
};

export const topicState: Probe = async ({ snsIn }, arn) => {
  const sns = await snsIn(regionOf(arn));
  const asked = sns.send(new GetTopicAttributesCommand({ TopicArn: arn }));
  return unlessUnseen(asked, () => 'there');
};

export const logGroupState: Probe = async ({ logsIn }, arn) => {
  const logGroupNamePrefix = arn.split(':')[6] ?? '';
  const client = await logsIn(regionOf(arn));
  return unlessUnseen(isThere(), (there) => (there ? 'there' : gone));

  async function isThere(): Promise<boolean> {
    const pages = paginateDescribeLogGroups({ client }, { logGroupNamePrefix });
    for await (const { logGroups = [] } of pages) {
      if (logGroups.some(({ logGroupName }) => logGroupName === logGroupNamePrefix)) return true;
    }
    return false;
  }
};

const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

/** The result of a read, or that the destination does not exist or may not be read. Any other error is thrown. */
async function unlessUnseen<Answer>(
  asked: Promise<Answer>,
  says: (answer: Answer) => string | undefined,
): Promise<string | undefined> {
  try {
    return says(await asked);
  } catch (error) {
    if (nameOf(error) === 'NotFoundException') return gone;
    if (refusals.includes(nameOf(error))) return accessDenied;
    throw error;
  }
}

const refusals = [
  'AccessDeniedException',
  'AccessDenied',
  'AuthorizationErrorException',
  'AuthorizationError',
];
