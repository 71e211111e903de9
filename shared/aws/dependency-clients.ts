import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import type { DependencyAccount } from './assume-role.ts';
import { messageOf } from './errors.ts';
import { type ClientIn, type Lazy, perRegion } from './per-region.ts';
import { inEachAttempt, type OnWrite, reportWrites } from './report-writes.ts';
import { names, roleArn } from './resource-names.ts';

/** Clients of what trails depend on in one account, which may be in another Region than the trail. */
export type DependencyClients = {
  readonly s3In: ClientIn<Lazy<S3Client>>;
  readonly kmsIn: ClientIn<Lazy<KMSClient>>;
  readonly snsIn: ClientIn<Lazy<SNSClient>>;
  readonly logsIn: ClientIn<Lazy<CloudWatchLogsClient>>;
  readonly alarmsIn: ClientIn<Lazy<CloudWatchClient>>;
  readonly iam: Lazy<IAMClient>;
};

/** An account that is read with the role of trailkeeper there, which only the functions may assume, or with the credentials of a person. */
export type DependencyAccess =
  | DependencyAccount
  | { readonly account: string; readonly credentials: AwsCredentialIdentityProvider };

export type DependencyOptions = {
  readonly accounts: readonly DependencyAccess[];
  readonly onWrite: OnWrite;
  readonly client: Pick<S3ClientConfig, 'maxAttempts' | 'requestHandler' | 'customUserAgent'>;
};

/**
 * The clients for the account of a dependency: as `accounts` says if it lists the account, otherwise with the caller's own
 * credentials. Null means that the account is not known. `region` is one of the partition.
 */
export function dependencyClients(
  options: DependencyOptions,
): (account: string | null, region: string) => DependencyClients {
  const made = new Map<DependencyAccess | null, DependencyClients>();
  return (account, region) => {
    const listed = options.accounts.find((one) => one.account === account) ?? null;
    const clients = made.get(listed) ?? clientsFor(listed, region, options);
    made.set(listed, clients);
    return clients;
  };
}

function clientsFor(
  listed: DependencyAccess | null,
  region: string,
  options: DependencyOptions,
): DependencyClients {
  if (listed === null) return clientsWith(options, region, {});
  if ('credentials' in listed)
    return clientsWith(options, region, { credentials: listed.credentials });
  const providerIn = perRegion(() => credentialsIn(listed, region, options.client));
  return clientsWith(options, region, {
    credentials: async (properties) => (await providerIn(region))(properties),
  });
}

/** The credentials of the role in an account, which all its clients share. Their code is loaded on first use. */
async function credentialsIn(
  at: DependencyAccount,
  region: string,
  client: DependencyOptions['client'],
) {
  const { roleCredentials } = await import('./assume-role.ts');
  return roleCredentials(roleArn({ account: at.account, region }, names.dependencies), at, {
    client,
  });
}

/** Whether the role in an account can be assumed: null, or why not. */
export type AccountAccess = { readonly account: string; readonly problem: string | null };

/** Assumes the role in each account anew. `region` is one of the partition. */
export const checkAccess = (
  accounts: readonly DependencyAccount[],
  region: string,
): Promise<readonly AccountAccess[]> =>
  Promise.all(
    accounts.map(async (at) => {
      const { account } = at;
      try {
        const credentials = await credentialsIn(at, region, {});
        await credentials();
        return { account, problem: null };
      } catch (error) {
        return { account, problem: messageOf(error) };
      }
    }),
  );

function clientsWith(
  { client, onWrite }: DependencyOptions,
  home: string,
  credentials: Pick<S3ClientConfig, 'credentials'>,
): DependencyClients {
  const sdk = () => import('./sdk-dependencies.ts');
  const reporting = <Client extends Reporting>(made: Client): Client => {
    made.middlewareStack.add(reportWrites(onWrite), inEachAttempt);
    return made;
  };
  const options = (region: string) => ({ ...client, ...credentials, region });
  const iamIn = perRegion(async (region) => reporting((await sdk()).iam(options(region))));
  return {
    s3In: perRegion(async (region) => reporting((await sdk()).s3(options(region)))),
    kmsIn: perRegion(async (region) => reporting((await sdk()).kms(options(region)))),
    snsIn: perRegion(async (region) => reporting((await sdk()).sns(options(region)))),
    logsIn: perRegion(async (region) => reporting((await sdk()).logs(options(region)))),
    alarmsIn: perRegion(async (region) => reporting((await sdk()).alarms(options(region)))),
    get iam() {
      return iamIn(home);
    },
  };
}

/** A client to which the middleware can be added. */
type Reporting = {
  readonly middlewareStack: {
    add(middleware: ReturnType<typeof reportWrites>, options: typeof inEachAttempt): void;
  };
};
