import { parseDeployment, signingConfig } from '#shared/config.ts';
import { explain } from './explain.ts';
import { readJson } from './json-file.ts';
import type { Outputs } from './stack.ts';
import { note } from './terminal.ts';

/** Whose signatures count as `cdk.json` says, for when the stack can not be read: what its outputs would tell, or nothing. */
export function outputsInCheckout(): Outputs {
  try {
    const { context } = readJson('cdk.json', 'cdk.json') as { context?: { trailkeeper?: unknown } };
    const deployment = parseDeployment(context?.trailkeeper);
    if (deployment.signing.keys.length === 0) return {};
    note('whose signatures count is as cdk.json says, as the stack was not read');
    return {
      Signing: JSON.stringify(signingConfig(deployment)),
      MaxHoldHours: String(deployment.maxHold),
    };
  } catch (error) {
    // Who lets go when everything is on fire must not be kept from it by a file.
    note(`cdk.json does not say whose signatures count: ${explain(error)}`);
    return {};
  }
}
