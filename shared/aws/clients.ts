import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';

/** The clients through which drift kinds see one trail, bound to the trail's home Region. */
export type Aws = {
  readonly cloudtrail: CloudTrailClient;
  readonly organizations: OrganizationsClient;
};

/**
 * The clients of each Region, made once a Region.
 * CloudTrail allows one write a second in an account and Region, and shares that with whoever attacks: a throttled call is tried
 * again every second. A call that hangs is given up and tried again: it must not keep the others waiting until the function's
 * time is over.
 */
export function awsByRegion(): (region: string) => Aws {
  const made = new Map<string, Aws>();
  return (region) => {
    const aws = made.get(region) ?? {
      cloudtrail: new CloudTrailClient({ region, retryStrategy, requestHandler }),
      organizations: new OrganizationsClient({ region, maxAttempts: 3, requestHandler }),
    };
    made.set(region, aws);
    return aws;
  };
}

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
