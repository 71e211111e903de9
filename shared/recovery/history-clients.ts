import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { roleCredentials } from '#aws/assume-role.ts';
import { names, roleArn } from '#aws/resource-names.ts';
import { historyClient } from '#backfill/event-history.ts';
import { atPace, type Pace, paced } from './pace.ts';

/**
 * A little less than the quota, because a call may reach AWS sooner or later than the one before. Source: CloudTrail API reference,
 * LookupEvents: two requests per second, per account, per Region.
 */
export const lookupsPerSecond = 1.95;

type Options = {
  /** The account of the function, whose event history is read without a role. */
  readonly account: string;
  readonly perSecond: number;
} & Pace;

/** Clients for the event history of an account, one for each Region. Each keeps to the quota of its Region. */
export const historyClients =
  ({ account: own, perSecond, ...pace }: Options) =>
  (account: string): ((region: string) => CloudTrailClient) => {
    const roles = (region: string) =>
      roleCredentials(
        roleArn({ account, region }, names.eventHistory),
        { account },
        { remedy: `Deploy the role ${names.eventHistory} in ${account}: see docs/recovery.md` },
      );
    let credentials: ReturnType<typeof roles> | undefined;
    return (region) => {
      credentials ??= roles(region);
      const client = historyClient(account === own ? { region } : { region, credentials });
      client.middlewareStack.add(atPace(paced(perSecond, pace)), {
        step: 'finalizeRequest',
        priority: 'low',
      });
      return client;
    };
  };
