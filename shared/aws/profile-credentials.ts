import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import {
  doesIdentityRequireRefresh,
  isIdentityExpired,
  memoizeIdentityProvider,
} from '@smithy/core';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';

type Options = Pick<STSClientConfig, 'region' | 'maxAttempts' | 'requestHandler'>;

/**
 * The credentials for an account: those of the profile that is of this account, else the caller's own. Profiles are read in turn, until
 * one is of the account.
 */
export async function credentialsFor(
  account: string,
  profiles: readonly string[],
  options: Options,
): Promise<AwsCredentialIdentityProvider> {
  for (const profile of profiles) {
    const provider = profileCredentials(profile, options);
    if ((await provider()).accountId === account) return provider;
  }
  return new STSClient(options).config.credentials;
}

/**
 * The credentials of a profile, and their account, which STS knows if the profile does not name it. Only the profile is read: the SDK's
 * default chain warns if the environment has a key, too.
 */
function profileCredentials(profile: string, options: Options): AwsCredentialIdentityProvider {
  const ofProfile = fromIni({ profile });
  const read = async (properties?: Record<string, unknown>): Promise<AwsCredentialIdentity> => {
    const credentials = await ofProfile(properties);
    if (credentials.accountId !== undefined) return credentials;
    const sts = new STSClient({ ...options, credentials });
    const { Account } = await sts.send(new GetCallerIdentityCommand());
    return { ...credentials, ...(Account && { accountId: Account }) };
  };
  return memoizeIdentityProvider(read, isIdentityExpired, doesIdentityRequireRefresh) ?? read;
}
