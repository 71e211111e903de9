import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { cacheFolder, fillOnce } from './cache.ts';
import { sourceHash } from './source-hash.ts';

/**
 * Synthesizes the CDK app with `cdk.json` and this `trailkeeper` context, once for the same sources, and returns the folder, which others
 * use, too.
 */
export async function synthesize(trailkeeper: object): Promise<string> {
  const cdkJson = JSON.parse(await readFile(new URL('../cdk.json', import.meta.url), 'utf8'));
  const context = {
    ...cdkJson.context,
    trailkeeper,
    'aws:cdk:enable-asset-metadata': true,
  };
  const cached = cacheFolder('apps', sourceHash(JSON.stringify(context)));
  const synthesizeInto = existsSync(cached) ? () => {} : await loadCdk(context);
  fillOnce(cached, synthesizeInto);
  return cached;
}

/** Loads the CDK only if an app must be synthesized. */
async function loadCdk(context: Record<string, unknown>): Promise<(outdir: string) => void> {
  // CDK's template validation takes most of the synthesis time and does not change the templates.
  process.env.CDK_VALIDATION ??= 'false';
  process.env.JSII_DEPRECATED ??= 'quiet';
  const [{ App }, { addConfiguredStacks, synthesizeWithinLimits }, { bundle }] = await Promise.all([
    import('aws-cdk-lib'),
    import('#infra/checkout-app.ts'),
    import('./bundle.ts'),
  ]);
  return (outdir) => {
    const app = new App({ outdir, context });
    addConfiguredStacks(app, undefined, bundle);
    synthesizeWithinLimits(app);
  };
}
