import { type Deployment, parseDeployment } from '#deployment/config.ts';
import { type SigningConfig, signingConfig } from '#deployment/signing-config.ts';
import { readJson } from './json-file.ts';

/** What commands read of the `cdk.json` of this directory, which may not be deployed yet. */
export type Checkout = {
  readonly signing: SigningConfig;
} & Pick<Deployment, 'maxWindowHours' | 'dependencyAccounts'>;

/** Null if there is no valid `cdk.json`: an unreadable file must not block an emergency stop. */
export function readCheckout(): Checkout | null {
  try {
    const { context } = readJson('cdk.json', 'cdk.json') as { context: { trailkeeper: unknown } };
    const deployment = parseDeployment(context.trailkeeper);
    const { maxWindowHours, dependencyAccounts } = deployment;
    return { signing: signingConfig(deployment), maxWindowHours, dependencyAccounts };
  } catch {
    return null;
  }
}
