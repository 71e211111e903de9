import {
  AssumeRoleCommand,
  type AssumeRoleCommandOutput,
  STSClient,
  type STSClientConfig,
} from '@aws-sdk/client-sts';
import {
  doesIdentityRequireRefresh,
  isIdentityExpired,
  memoizeIdentityProvider,
} from '@smithy/core';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';
import { messageOf, nameOf } from './errors.ts';

/** An account in which a role of trailkeeper is assumed, with the external id that the role asks for. */
export type DependencyAccount = { readonly account: string; readonly externalId: string };

/** Thrown if the role of trailkeeper in another account cannot be assumed. */
export class RoleNotAssumedError extends Error {
  override readonly name = 'RoleNotAssumedError' as const;
}

type Options = {
  readonly client?: Pick<STSClientConfig, 'maxAttempts' | 'requestHandler' | 'customUserAgent'>;
  /** What to do if the role cannot be assumed. */
  readonly remedy?: string;
};

/** Credentials of a role for an hour, remembered until five minutes before they expire. The STS endpoint is that of the own Region. */
export function roleCredentials(
  RoleArn: string,
  { account, externalId: ExternalId }: Partial<DependencyAccount> & { readonly account: string },
  { client = {}, remedy = deployDependencies(account) }: Options,
): AwsCredentialIdentityProvider {
  const sts = new STSClient(client);
  const assume = async (): Promise<AwsCredentialIdentity> => {
    const command = new AssumeRoleCommand({
      RoleArn,
      ...(ExternalId !== undefined && { ExternalId }),
      RoleSessionName: 'trailkeeper',
    });
    try {
      return { ...identityOf(await sts.send(command)), accountId: account };
    } catch (error) {
      if (nameOf(error) !== 'AccessDenied') throw error;
      throw new RoleNotAssumedError(
        [`the role ${RoleArn} cannot be assumed: ${messageOf(error)}`, remedy]
          .filter(Boolean)
          .join('. '),
        { cause: error },
      );
    }
  };
  return memoizeIdentityProvider(assume, isIdentityExpired, doesIdentityRequireRefresh) ?? assume;
}

function identityOf({ Credentials }: AssumeRoleCommandOutput): AwsCredentialIdentity {
  const {
    AccessKeyId = '',
    SecretAccessKey = '',
    SessionToken = '',
    Expiration,
  } = Credentials ?? {};
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration && { expiration: Expiration }),
  };
}

const deployDependencies = (account: string): string =>
  `Deploy it with the externalId in cdk.json, with credentials of ${account}: npx --no -- trailkeeper deploy --dependencies ${account}`;
