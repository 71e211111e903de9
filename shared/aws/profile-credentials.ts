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
 * The credentials of a profile, and their account, which STS knows if the profile does not name it. Only the profile is read: the SDK's
 * default chain warns if the environment has a key, too.
 */
export function profileCredentials(
  profile: string,
  options: Options,
): AwsCredentialIdentityProvider {
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
