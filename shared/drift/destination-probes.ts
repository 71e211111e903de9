import { paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import type { Aws } from '#aws/clients.ts';
import { nameOf } from '#aws/errors.ts';

/** What is seen of a thing that is gone, or that we may not look at: in the account of somebody else, that is usual. */
export const gone = 'gone';
export const accessDenied = 'not readable';

/** What a bucket is seen to be: a null Region is one that does not exist. */
export type Head = { readonly region: string | null; readonly isLetIn: boolean };

/**
 * HeadBucket's answer by its status: it has nothing else to tell by. The Region is told whatever the permissions are. Source: Amazon
 * S3 API reference, HeadBucket.
 */
export async function headBucket(
  { s3In }: Aws,
  region: string,
  input: { readonly Bucket: string; readonly ExpectedBucketOwner?: string },
): Promise<Head> {
  try {
    const { BucketRegion } = await s3In(region).send(new HeadBucketCommand(input));
    return { region: BucketRegion ?? region, isLetIn: true };
  } catch (error) {
    const { $metadata, $response } = error as Partial<HttpError>;
    if ($metadata?.httpStatusCode === 404) return { region: null, isLetIn: false };
    if ($metadata?.httpStatusCode !== 403) throw named(error, $metadata?.httpStatusCode);
    return { region: $response?.headers?.['x-amz-bucket-region'] ?? region, isLetIn: false };
  }
}

/** The SDK has no words for an answer without a body. */
function named(error: unknown, status: number | undefined): unknown {
  if (error instanceof Error && status !== undefined) {
    error.message = `HeadBucket was answered with status ${status}`;
  }
  return error;
}

type HttpError = {
  readonly $metadata: { readonly httpStatusCode?: number };
  readonly $response: { readonly headers?: Readonly<Record<string, string>> };
};

/** How a thing is seen to be, by its ARN; undefined if AWS does not report it. */
export type Probe = (aws: Aws, arn: string) => Promise<string | undefined>;

/** The state of a key, in KMS's words. One that is being updated can be used all the time. Source: AWS KMS API reference, UpdatePrimaryRegion. */
export const keyState: Probe = async ({ kmsIn }, arn) => {
  const asked = kmsIn(regionOf(arn)).send(new DescribeKeyCommand({ KeyId: arn }));
  return unlessUnseen(asked, ({ KeyMetadata }) => {
    return KeyMetadata?.KeyState === 'Updating' ? 'Enabled' : KeyMetadata?.KeyState;
  });
};

export const topicState: Probe = async ({ snsIn }, arn) => {
  const asked = snsIn(regionOf(arn)).send(new GetTopicAttributesCommand({ TopicArn: arn }));
  return unlessUnseen(asked, () => 'there');
};

export const logGroupState: Probe = async ({ logsIn }, arn) => {
  const logGroupNamePrefix = arn.split(':')[6] ?? '';
  const client = logsIn(regionOf(arn));
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

/** What an answer says; or that the thing is gone, or that we may not see it. Every other error is thrown. */
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
