import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type { DeserializeHandler, HandlerExecutionContext, MetadataBearer } from '@smithy/types';

/** The clients through which drift kinds see one trail, bound to the trail's home Region. */
export type Aws = {
  readonly cloudtrail: CloudTrailClient;
  readonly organizations: OrganizationsClient;
};

/** Told the id of every request that may have written, whatever came of it. */
export type OnWrite = (requestId: string) => void;

/**
 * The clients of each Region, made once a Region.
 * CloudTrail allows one write a second in an account and Region, and shares that with whoever attacks: a throttled call is tried
 * again every second. A call that hangs is given up and tried again: it must not keep the others waiting until the function's
 * time is over.
 */
export function awsByRegion(onWrite: OnWrite = () => {}): (region: string) => Aws {
  const made = new Map<string, Aws>();
  return (region) => {
    const known = made.get(region);
    if (known !== undefined) return known;
    const aws = {
      cloudtrail: new CloudTrailClient({ region, retryStrategy, requestHandler }),
      organizations: new OrganizationsClient({ region, maxAttempts: 3, requestHandler }),
    };
    aws.cloudtrail.middlewareStack.add(tellWrites(onWrite), inEachAttempt);
    aws.organizations.middlewareStack.add(tellWrites(onWrite), inEachAttempt);
    made.set(region, aws);
    return aws;
  };
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
