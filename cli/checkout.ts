import { parseDeployment } from '#deployment/config.ts';
import { type SigningConfig, signingConfig } from '#deployment/signing-config.ts';
import { readJson } from './json-file.ts';

/** The approvers and keys in the `cdk.json` of this directory, which may not be deployed yet. */
export type Checkout = { readonly signing: SigningConfig; readonly maxWindowHours: number };

/** Null if there is no valid `cdk.json`: an unreadable file must not block an emergency stop. */
export function readCheckout(): Checkout | null {
  try {
    const { context } = readJson('cdk.json', 'cdk.json') as { context: { trailkeeper: unknown } };
    const deployment = parseDeployment(context.trailkeeper);
    return { signing: signingConfig(deployment), maxWindowHours: deployment.maxWindowHours };
  } catch {
    return null;
  }
}
