import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import {
  doesIdentityRequireRefresh,
  isIdentityExpired,
  memoizeIdentityProvider,
} from '@smithy/core';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';
import { messageOf } from '#aws/errors.ts';

/** A profile of `--dependency-profile`, and the account that its credentials are of. */
export type DependencyProfile = {
  readonly name: string;
  readonly account: string;
  readonly credentials: AwsCredentialIdentityProvider;
};

/** Throws if a profile has no credentials that AWS accepts. */
export const readProfiles = (names: readonly string[]): Promise<readonly DependencyProfile[]> =>
  Promise.all(
    names.map(async (name) => {
      const credentials = profileCredentials(name);
      try {
        const { accountId: account = '' } = await credentials();
        return { name, account, credentials };
      } catch (error) {
        throw new Error(
          `--dependency-profile ${name}: ${messageOf(error).replace(/\.$/, '')}: check the name of the profile, or sign in with it (aws sso login --profile ${name})`,
          { cause: error },
        );
      }
    }),
  );

/** Throws if a profile is of an account that `dependencyAccounts` does not list: nothing would be read with it. */
export function requireListed(
  profiles: readonly DependencyProfile[],
  dependencyAccounts: readonly { readonly account: string }[],
): void {
  const listed = dependencyAccounts.map(({ account }) => account);
  const other = profiles.find(({ account }) => !listed.includes(account));
  if (other === undefined) return;
  const known = listed.length === 0 ? 'it is empty' : `only ${listed.join(', ')}`;
  throw new Error(
    `--dependency-profile ${other.name}: this profile is of account ${other.account}, which dependencyAccounts does not list (${known}): name a profile of a listed account, or add this one to cdk.json and deploy`,
  );
}

/** Options of a client with the credentials for an account: of the profile of this account, or else the caller's own. */
export function credentialsFor(
  account: string,
  profiles: readonly DependencyProfile[],
): { readonly credentials?: AwsCredentialIdentityProvider } {
  const profile = profiles.find((one) => one.account === account);
  return profile === undefined ? {} : { credentials: profile.credentials };
}

/**
 * The credentials of a profile, and their account, which STS knows if the profile does not name it. Only the profile is read: the SDK's
 * default chain warns if the environment has a key, too.
 */
function profileCredentials(profile: string): AwsCredentialIdentityProvider {
  const ofProfile = fromIni({ profile });
  const read = async (properties?: Record<string, unknown>): Promise<AwsCredentialIdentity> => {
    const credentials = await ofProfile(properties);
    if (credentials.accountId !== undefined) return credentials;
    const { Account } = await new STSClient({ credentials }).send(new GetCallerIdentityCommand());
    return { ...credentials, ...(Account && { accountId: Account }) };
  };
  return memoizeIdentityProvider(read, isIdentityExpired, doesIdentityRequireRefresh) ?? read;
}
