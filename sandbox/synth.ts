import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Synthesizes the CDK app with `cdk.json` and this `trailkeeper` context into a new folder. The folder is outside the
 * checkout, so that a bundle which needs the checkout's `node_modules` fails to load. Reuses an earlier result for the
 * same sources.
 */
export async function synthesize(trailkeeper: object): Promise<string> {
  const cdkOut = await mkdtemp(join(tmpdir(), 'trailkeeper-'));
  const cdkJson = JSON.parse(await readFile(join(top, 'cdk.json'), 'utf8'));
  const context = {
    ...cdkJson.context,
    trailkeeper,
    'aws:cdk:enable-asset-metadata': true,
  };
  try {
    const kept = join(keptApps, await fingerprint(JSON.stringify(context)));
    if (!(await exists(kept))) await synthesizeOnce(kept, context);
    await cp(kept, cdkOut, { recursive: true });
  } catch (error) {
    await rm(cdkOut, { recursive: true });
    throw error;
  }
  return cdkOut;
}

const top = fileURLToPath(new URL('..', import.meta.url));

const keptApps = join(tmpdir(), `trailkeeper-synthesized-${userInfo().uid}`);

/** Synthesizes an app into the folder where results are kept. If two processes do this at once, one result is kept. */
async function synthesizeOnce(kept: string, context: Record<string, unknown>): Promise<void> {
  await mkdir(keptApps, { recursive: true, mode: 0o700 });
  const made = await mkdtemp(`${kept}-`);
  try {
    await synthesizeInto(made, context);
    await rename(made, kept);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    if (!(await exists(kept))) throw error;
  }
}

/** Loads the CDK only if an app must be synthesized. */
async function synthesizeInto(outdir: string, context: Record<string, unknown>): Promise<void> {
  // CDK's template validation takes most of the synthesis time and does not change the templates.
  process.env.CDK_VALIDATION ??= 'false';
  process.env.JSII_DEPRECATED ??= 'quiet';
  const [{ App }, { addConfiguredStacks, synthesizeWithinLimits }] = await Promise.all([
    import('aws-cdk-lib'),
    import('#infra/checkout-app.ts'),
  ]);
  const app = new App({ outdir, context });
  addConfiguredStacks(app, undefined);
  synthesizeWithinLimits(app);
}

/** The hash of all sources of an app. */
async function fingerprint(context: string): Promise<string> {
  const hash = createHash('sha256').update(context);
  for (const folder of ['functions', 'infra', 'shared']) {
    const entries = await readdir(join(top, folder), { recursive: true });
    for (const entry of entries.toSorted()) {
      const file = join(top, folder, entry);
      if ((await stat(file)).isFile()) hash.update(entry).update(await readFile(file));
    }
  }
  for (const file of ['package.json', 'package-lock.json']) {
    hash.update(await readFile(join(top, file)));
  }
  return hash.digest('hex');
}

const exists = (folder: string): Promise<boolean> =>
  stat(folder).then(
    () => true,
    () => false,
  );
