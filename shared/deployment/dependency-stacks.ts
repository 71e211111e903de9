import { type AccountRegion, names } from '#aws/resource-names.ts';
import { ConfigError, type Deployment } from './config.ts';
import { topologyOf } from './topology.ts';

/** Where the stack `Trailkeeper-Dependencies` of an account is deployed, the main Region first. Throws `ConfigError` if it is not listed. */
export function dependencyStacksOf(
  account: string,
  deployment: Deployment,
): readonly AccountRegion[] {
  externalIdOf(account, deployment);
  const { region, dependencyAccounts = [] } = topologyOf(deployment);
  const { regions = [] } = dependencyAccounts.find((one) => one.account === account) ?? {};
  return [...new Set([region, ...regions])].map((one) => ({ account, region: one }));
}

/** The name of such a stack in the app. */
export const dependencyStackId = ({ account, region }: AccountRegion): string =>
  `${names.dependencies}-${account}-${region}`;

/** The external id of the role in an account. Throws `ConfigError` if the account is not listed. */
export function externalIdOf(
  account: string,
  { dependencyAccounts }: Pick<Deployment, 'dependencyAccounts'>,
): string {
  const listed = dependencyAccounts.find((one) => one.account === account);
  if (listed !== undefined) return listed.externalId;
  throw new ConfigError(
    `trailkeeper.dependencyAccounts: has no account ${account}: add it with an externalId and deploy trailkeeper, before you deploy ${names.dependencies} there`,
  );
}
