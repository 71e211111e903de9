import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type { DeserializeHandler, HandlerExecutionContext, MetadataBearer } from '@smithy/types';

/** The clients through which drift kinds see one trail, bound to the trail's home Region. */
export type Aws = {
  readonly cloudtrail: CloudTrailClient;
  readonly organizations: OrganizationsClient;
  readonly iam: IAMClient;
  /** Those of what the trail delivers to, which may be in another Region. */
  readonly s3In: ClientIn<S3Client>;
  readonly kmsIn: ClientIn<KMSClient>;
  readonly snsIn: ClientIn<SNSClient>;
  readonly logsIn: ClientIn<CloudWatchLogsClient>;
};

/** A client of a Region: made when it is first asked for, and once. */
export type ClientIn<Client> = (region: string) => Client;

export function perRegion<Client>(make: ClientIn<Client>): ClientIn<Client> {
  const made = new Map<string, Client>();
  return (region) => {
    const client = made.get(region) ?? make(region);
    made.set(region, client);
    return client;
  };
}

/** Told the id of every request that may have written, whatever came of it. */
export type OnWrite = (requestId: string) => void;

/**
 * The clients of each Region, made once a Region.
 * CloudTrail allows one write a second in an account and Region, and shares that with whoever attacks: a throttled call is tried
 * again every second. A call that hangs is given up and tried again: it must not keep the others waiting until the function's
 * time is over.
 */
export function awsByRegion(onWrite: OnWrite = () => {}): (region: string) => Aws {
  const common = { maxAttempts: 3, requestHandler };
  const sinks = {
    // Where a bucket is, S3 says; it need not be where it was.
    s3In: perRegion((region) => new S3Client({ ...common, region, followRegionRedirects: true })),
    kmsIn: perRegion((region) => new KMSClient({ ...common, region })),
    snsIn: perRegion((region) => new SNSClient({ ...common, region })),
    logsIn: perRegion((region) => new CloudWatchLogsClient({ ...common, region })),
  };
  return perRegion((region) => {
    const cloudtrail = new CloudTrailClient({ region, retryStrategy, requestHandler });
    const organizations = new OrganizationsClient({ ...common, region });
    const iam = new IAMClient({ ...common, region });
    cloudtrail.middlewareStack.add(tellWrites(onWrite), inEachAttempt);
    organizations.middlewareStack.add(tellWrites(onWrite), inEachAttempt);
    iam.middlewareStack.add(tellWrites(onWrite), inEachAttempt);
    return { cloudtrail, organizations, iam, ...sinks };
  });
}

/** Outside the reading of the answer, inside the retries: each attempt leaves a record of its own. */
const inEachAttempt = { step: 'deserialize', priority: 'high' } as const;

const tellWrites =
  (onWrite: OnWrite) =>
  <Input extends object, Output extends MetadataBearer>(
    next: DeserializeHandler<Input, Output>,
    { commandName = '' }: HandlerExecutionContext,
  ): DeserializeHandler<Input, Output> =>
  async (request) => {
    const tell = ({ $metadata }: Partial<MetadataBearer>) => {
      const requestId = $metadata?.requestId;
      if (requestId !== undefined && !/^(Get|List|Describe|Lookup)/.test(commandName)) {
        onWrite(requestId);
      }
    };
    try {
      const answer = await next(request);
      tell(answer.output ?? {});
      return answer;
    } catch (error) {
      tell(error as object);
      throw error;
    }
  };

const retryStrategy = new ConfiguredRetryStrategy(10, 1000);

/** In milliseconds. */
const requestHandler = {
  connectionTimeout: 2000,
  requestTimeout: 4000,
  throwOnRequestTimeout: true,
};

/** The state table's client. Numbers stay as they are stored: one that JavaScript can not hold must not spoil a whole page. */
export const stateClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler }), {
    unmarshallOptions: { wrapNumbers: true },
  });
