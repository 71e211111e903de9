import type { Node } from 'constructs';
import { ConfigError, type Deployment, parseDeployment } from '#deployment/config.ts';

/**
 * Reads the context `trailkeeper`, each of its keys overridden by `-c trailkeeper.KEY=VALUE` (`-c trailkeeper.organization.id=…`),
 * the value as JSON or else as text. Throws `ConfigError` for what can not be deployed, and for credentials of an account that
 * trailkeeper does not belong to; they are null where there are none, as in a synthesis offline.
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

/** A value with one member, at any depth, replaced. */
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
    `trailkeeper.organization: the credentials are of account ${account}, the management account is ${managementAccount}. trailkeeper runs in the management account alone: a member can not give CloudTrail its access to the organization back, nor make an organization trail again with all that it had. Name that account in trailkeeper.organization.managementAccount, and use its credentials (or, to deploy a forwarder, those of a delegated administrator)`,
  );
}
