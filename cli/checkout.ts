import { parseDeployment } from '#deployment/config.ts';
import { type SigningConfig, signingConfig } from '#deployment/signing-config.ts';
import { readJson } from './json-file.ts';

/** What the `cdk.json` of this directory says of signatures: what is deployed, or is to be. */
export type Checkout = { readonly signing: SigningConfig; readonly maxWindowHours: number };

/**
 * Null where there is no `cdk.json` that says whose signatures count. Why not is no one's concern: who lets go when everything is on
 * fire must not be kept from it by a file.
 */
export function readCheckout(): Checkout | null {
  try {
    const { context } = readJson('cdk.json', 'cdk.json') as { context: { trailkeeper: unknown } };
    const deployment = parseDeployment(context.trailkeeper);
    const signing = signingConfig(deployment);
    return signing.keys.length === 0
      ? null
      : { signing, maxWindowHours: deployment.maxWindowHours };
  } catch {
    return null;
  }
}
