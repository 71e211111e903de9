import { IAMClient, type IAMClientConfig } from '@aws-sdk/client-iam';
import { OrganizationsClient } from '@aws-sdk/client-organizations';

type Options = Pick<IAMClientConfig, 'maxAttempts' | 'requestHandler'> & {
  readonly region: string;
};

export const organizationClients = (options: Options) => ({
  organizations: new OrganizationsClient(options),
  iam: new IAMClient(options),
});
