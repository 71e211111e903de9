import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { OrganizationsClient } from '@aws-sdk/client-organizations';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type {
  DeserializeHandler,
  FinalizeHandler,
  HandlerExecutionContext,
  InitializeHandler,
  MetadataBearer,
} from '@smithy/types';
import { rateLimiter } from './rate-limiter.ts';

/** The clients with which drift kinds observe and restore a trail, bound to its home Region. */
export type Aws = {
  readonly cloudtrail: CloudTrailClient;
  readonly organizations: Lazy<OrganizationsClient>;
  readonly iam: Lazy<IAMClient>;
  /** Clients of the trail's destinations, which may be in another Region. */
  readonly s3In: ClientIn<Lazy<S3Client>>;
  readonly kmsIn: ClientIn<Lazy<KMSClient>>;
  readonly snsIn: ClientIn<Lazy<SNSClient>>;
  readonly logsIn: ClientIn<Lazy<CloudWatchLogsClient>>;
};

/** A client whose code is loaded on first use: most checks need CloudTrail alone. */
export type Lazy<Client> = Client | Promise<Client>;

/** A client per Region, created on first use. */
export type ClientIn<Client> = (region: string) => Client;

export function perRegion<Client>(make: ClientIn<Client>): ClientIn<Client> {
  const made = new Map<string, Client>();
  return (region) => {
    const client = made.get(region) ?? make(region);
    made.set(region, client);
    return client;
  };
}

/** Called with the id of each request that may have written, whether it succeeded or not. */
export type OnWrite = (requestId: string) => void;

/**
 * The clients of each Region, created once per Region.
 * CloudTrail allows ten reads and one write per second in an account and Region, which an attacker's calls use up too: a throttled call
 * is retried every second, and our own reads wait for their turn. A call that hangs is abandoned and retried, so that it does not use
 * up the function's time.
 */
export function awsByRegion(
  onWrite: OnWrite = () => {},
  readsPerSecond = cloudTrailReadsPerSecond,
): (region: string) => Aws {
  const destinations = () => import('./destination-clients.ts');
  const inRegion = {
    s3In: perRegion(async (region) => (await destinations()).s3({ ...common, region })),
    kmsIn: perRegion(async (region) => (await destinations()).kms({ ...common, region })),
    snsIn: perRegion(async (region) => (await destinations()).sns({ ...common, region })),
    logsIn: perRegion(async (region) => (await destinations()).logs({ ...common, region })),
  };
  const organizationIn = perRegion(async (region) => {
    const { organizationClients } = await import('./organization-clients.ts');
    const clients = organizationClients({ ...common, region });
    clients.organizations.middlewareStack.add(reportWrites(onWrite), inEachAttempt);
    clients.iam.middlewareStack.add(reportWrites(onWrite), inEachAttempt);
    return clients;
  });
  return perRegion((region) => {
    const cloudtrail = new CloudTrailClient({ region, retryStrategy, ...identified });
    cloudtrail.middlewareStack.add(reportWrites(onWrite), inEachAttempt);
    cloudtrail.middlewareStack.add(sharedReads(), { step: 'initialize' });
    cloudtrail.middlewareStack.add(atRate(rateLimiter(readsPerSecond)), {
      step: 'finalizeRequest',
      priority: 'low',
    });
    return {
      cloudtrail,
      get organizations() {
        return organizationIn(region).then(({ organizations }) => organizations);
      },
      get iam() {
        return organizationIn(region).then(({ iam }) => iam);
      },
      ...inRegion,
    };
  });
}

/** A middleware by which the same read, asked twice at a time, is one call. A write between them makes them two. */
function sharedReads() {
  const underway = new Map<string, Promise<unknown>>();
  return <Input extends object, Output extends object>(
    next: InitializeHandler<Input, Output>,
    { commandName = '' }: HandlerExecutionContext,
  ): InitializeHandler<Input, Output> =>
    (args) => {
      if (!isRead(commandName)) {
        underway.clear();
        return next(args).finally(() => underway.clear());
      }
      const key = JSON.stringify([commandName, args.input]);
      const shared = underway.get(key) as ReturnType<typeof next> | undefined;
      const answer = shared ?? next(args).finally(() => underway.delete(key));
      underway.set(key, answer);
      return answer;
    };
}

const isRead = (commandName: string): boolean => /^(Get|List|Describe|Lookup)/.test(commandName);

/** The quota of "Get, describe, and list APIs". Source: CloudTrail user guide, "Quotas in AWS CloudTrail". */
export const cloudTrailReadsPerSecond = 10;

/** A middleware inside the retries by which reads are made at a rate. Event history has a quota and a rate limiter for itself. */
const atRate =
  (limited: ReturnType<typeof rateLimiter>) =>
  <Input extends object, Output extends object>(
    next: FinalizeHandler<Input, Output>,
    { commandName = '' }: HandlerExecutionContext,
  ): FinalizeHandler<Input, Output> =>
  (args) =>
    isRead(commandName) && !commandName.startsWith('Lookup')
      ? limited(() => next(args))
      : next(args);

/** A middleware inside the retries: each attempt has its own request id. */
const inEachAttempt = { step: 'deserialize', priority: 'high' } as const;

const reportWrites =
  (onWrite: OnWrite) =>
  <Input extends object, Output extends MetadataBearer>(
    next: DeserializeHandler<Input, Output>,
    { commandName = '' }: HandlerExecutionContext,
  ): DeserializeHandler<Input, Output> =>
  async (request) => {
    const report = ({ $metadata }: Partial<MetadataBearer>) => {
      const requestId = $metadata?.requestId;
      if (requestId !== undefined && !isRead(commandName)) {
        onWrite(requestId);
      }
    };
    try {
      const answer = await next(request);
      report(answer.output ?? {});
      return answer;
    } catch (error) {
      report(error as object);
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

/** The user agent shows in alerts that a person used the CLI. */
const identified = { requestHandler, customUserAgent: 'trailkeeper' };
const common = { maxAttempts: 3, ...identified };

/** The state table's client. Numbers stay text: one that JavaScript cannot hold must not make a whole page unreadable. */
export const stateClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler }), {
    unmarshallOptions: { wrapNumbers: true },
  });
