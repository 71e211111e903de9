import type { Node } from 'constructs';
import { ConfigError, type Deployment, parseDeployment } from '#deployment/config.ts';
import { jsonOrText } from '#text/json-text.ts';

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
    (config, [key, value]) =>
      withMember(
        config,
        key.slice(prefix.length).split('.'),
        typeof value === 'string' ? jsonOrText(value) : value,
      ),
    node.tryGetContext('trailkeeper') as unknown,
  );
  if (context === undefined) {
    throw new ConfigError('trailkeeper is missing: run npx --no -- trailkeeper init');
  }
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

function refuseOtherAccounts(
  { account, organization }: Deployment,
  credentialsOf: string | undefined,
): void {
  if (credentialsOf === undefined || credentialsOf === account) return;
  if (organization?.delegatedAdministrators.includes(credentialsOf)) return;
  throw new ConfigError(
    `trailkeeper.account: the credentials are of account ${credentialsOf}, but account is ${account}. Use credentials of account ${account}${organization === undefined ? '' : ' (or, to deploy a forwarder, of a delegated administrator)'}`,
  );
}
