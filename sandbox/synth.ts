import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * Synthesises the CDK app with `cdk.json`, its context `trailkeeper` changed as given, into a new folder outside the
 * checkout: a bundle that needs the checkout's `node_modules` does not load from there.
 */
export async function synthesize(trailkeeper: object): Promise<string> {
  const cdkOut = await mkdtemp(join(tmpdir(), 'trailkeeper-'));
  const cdkJson = JSON.parse(await readFile(join(top, 'cdk.json'), 'utf8'));
  const context = {
    ...cdkJson.context,
    trailkeeper: { ...cdkJson.context.trailkeeper, ...trailkeeper },
    'aws:cdk:enable-asset-metadata': true,
  };
  try {
    await promisify(execFile)(process.execPath, ['infra/app.ts'], {
      cwd: top,
      env: { ...process.env, CDK_OUTDIR: cdkOut, CDK_CONTEXT_JSON: JSON.stringify(context) },
    });
  } catch (error) {
    await rm(cdkOut, { recursive: true });
    throw error;
  }
  return cdkOut;
}

const top = fileURLToPath(new URL('..', import.meta.url));
