import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { OrganizationsClient } from '@aws-sdk/client-organizations';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type {
  AwsCredentialIdentityProvider,
  FinalizeHandler,
  HandlerExecutionContext,
  InitializeHandler,
} from '@smithy/types';
import {
  type DependencyAccess,
  type DependencyClients,
  dependencyClients,
} from './dependency-clients.ts';
import { type Lazy, perRegion } from './per-region.ts';
import { rateLimiter } from './rate-limiter.ts';
import { inEachAttempt, isRead, type OnWrite, reportWrites } from './report-writes.ts';
import { requestHandler } from './request-handler.ts';

/** The clients with which drift kinds observe and restore a trail, bound to its home Region. */
export type Aws = {
  readonly cloudtrail: CloudTrailClient;
  readonly organizations: Lazy<OrganizationsClient>;
  /** Clients of what the trail depends on, in the account that owns it; null if that is not known. */
  readonly dependenciesIn: (account: string | null) => DependencyClients;
};

export type AwsOptions = {
  readonly onWrite?: OnWrite;
  readonly readsPerSecond?: number;
  /** For reads of trails in another account; those of the process otherwise. */
  readonly credentials?: AwsCredentialIdentityProvider;
  /** The accounts in which what trails depend on is read and restored with other credentials. */
  readonly dependencyAccounts?: readonly DependencyAccess[];
};

/**
 * The clients of each Region, created once per Region.
 * CloudTrail allows ten reads and one write per second in an account and Region, which an attacker's calls use up too: a throttled call
 * is retried every second, and our own reads wait for their turn. A call that hangs is abandoned and retried, so that it does not use
 * up the function's time.
 */
export function awsByRegion({
  onWrite = () => {},
  readsPerSecond = cloudTrailReadsPerSecond,
  credentials,
  dependencyAccounts: accounts = [],
}: AwsOptions = {}): (region: string) => Aws {
  const dependencies = dependencyClients({
    accounts,
    onWrite,
    client: common,
  });
  const organizationsIn = perRegion(async (region) => {
    const { organizations } = await import('./sdk-dependencies.ts');
    const client = organizations({ ...common, region });
    client.middlewareStack.add(reportWrites(onWrite), inEachAttempt);
    return client;
  });
  return perRegion((region) => {
    const cloudtrail = new CloudTrailClient({
      region,
      retryStrategy,
      ...identified,
      ...(credentials && { credentials }),
    });
    cloudtrail.middlewareStack.add(reportWrites(onWrite), inEachAttempt);
    cloudtrail.middlewareStack.add(sharedReads(), { step: 'initialize' });
    cloudtrail.middlewareStack.add(atRate(rateLimiter(readsPerSecond)), {
      step: 'finalizeRequest',
      priority: 'low',
    });
    return {
      cloudtrail,
      get organizations() {
        return organizationsIn(region);
      },
      dependenciesIn: (account) => dependencies(account, region),
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

const retryStrategy = new ConfiguredRetryStrategy(10, 1000);

/** The user agent shows in alerts that a person used the CLI. */
const identified = { requestHandler, customUserAgent: 'trailkeeper' };
const common = { maxAttempts: 3, ...identified };

/** The state table's client. Numbers stay text: one that JavaScript cannot hold must not make a whole page unreadable. */
export const stateClient = (credentials?: AwsCredentialIdentityProvider): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({ requestHandler, ...(credentials && { credentials }) }),
    {
      unmarshallOptions: { wrapNumbers: true },
    },
  );
