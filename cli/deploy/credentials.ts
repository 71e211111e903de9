import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** Throws if the credentials are not of this account. */
export async function requireCredentials(account: string): Promise<void> {
  const { Account } = await new STSClient().send(new GetCallerIdentityCommand());
  if (Account === account) return;
  throw new Error(
    `this deploys to account ${account}, but your credentials are of account ${Account}: name a profile of account ${account} with --profile`,
  );
}
