import { parseDeployment } from '#deployment/config.ts';
import { type SigningConfig, signingConfig } from '#deployment/signing-config.ts';
import { readJson } from './json-file.ts';

/** The settings for signatures in the `cdk.json` of this directory, which may not be deployed yet. */
export type Checkout = { readonly signing: SigningConfig; readonly maxWindowHours: number };

/** Null if there is no valid `cdk.json` with keys: an unreadable file must not block an emergency stop. */
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
