import type { Node } from 'constructs';
import { ConfigError, type Deployment, parseDeployment } from '#deployment/config.ts';

/**
 * Reads the context `trailkeeper`. `-c trailkeeper.KEY=VALUE` overrides a key (`-c trailkeeper.organization.id=…`); the value is JSON,
 * or else text. `credentialsOf` is the account of the credentials, undefined if there are none. Throws `ConfigError` for an invalid
 * configuration and for credentials of an account that trailkeeper is not deployed to.
 */
export function deploymentIn(node: Node, credentialsOf: string | undefined): Deployment {
  const overrides = Object.entries(node.getAllContext() as Record<string, unknown>).filter(
    ([key]) => key.startsWith(prefix),
  );
  const context = overrides.reduce(
    (config, [key, value]) => withMember(config, key.slice(prefix.length).split('.'), json(value)),
    node.tryGetContext('trailkeeper') as unknown,
  );
  const deployment = parseDeployment(context);
  refuseOtherAccounts(deployment, credentialsOf);
  return deployment;
}

const prefix = 'trailkeeper.';

/** Replaces one field, at any depth. */
function withMember(value: unknown, [key, ...deeper]: readonly string[], member: unknown): unknown {
  if (key === undefined) return member;
  const members = typeof value === 'object' ? (value as Record<string, unknown> | null) : {};
  return { ...members, [key]: withMember(members?.[key], deeper, member) };
}

function json(value: unknown): unknown {
  try {
    return JSON.parse(String(value));
  } catch {
    return value;
  }
}

function refuseOtherAccounts(
  { organization: { managementAccount, delegatedAdministrators } }: Deployment,
  account: string | undefined,
): void {
  if (account === undefined || account === managementAccount) return;
  if (delegatedAdministrators.includes(account)) return;
  throw new ConfigError(
    `trailkeeper.organization: the credentials are of account ${account}, but managementAccount is ${managementAccount}. Use credentials of the management account (or, to deploy a forwarder, of a delegated administrator). trailkeeper runs in the management account because only that account can restore CloudTrail's access to the organization and recreate an organization trail completely`,
  );
}
