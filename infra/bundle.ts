import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { zipSync } from 'fflate';

/** The code of a function, and the hash by which Lambda will know it. */
export type Bundle = { readonly code: lambda.Code; readonly sha256: string };

/** `bundle`, with the zip of each entry point made once a process, however many apps are synthesised in it. */
export function bundleOnce(entry: string): Bundle {
  const zip = zips.get(entry) ?? zipOf(entry);
  zips.set(entry, zip);
  return bundleOf(zip);
}

const zips = new Map<string, Uint8Array>();

/**
 * Bundles an entry point, SDK and all, into a zip that is the same whenever the code is: its SHA-256 in base64 is what Lambda
 * answers as `CodeSha256`. CDK's own bundling leaves the zip to be made at deployment, when no function can be told of it any more.
 */
export const bundle = (entry: string): Bundle => bundleOf(zipOf(entry));

function zipOf(entry: string): Uint8Array {
  const { outputFiles } = buildSync({
    entryPoints: [fromTop(entry)],
    absWorkingDir: fromTop(''),
    outfile: 'index.mjs',
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    // The SDK's CommonJS entry points would need `require`, which an ES module does not have.
    mainFields: ['module', 'main'],
    // Slack's packages have no other: what they require is Node's own.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    target: 'node24',
    minify: true,
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
  });
  const files = outputFiles.map(({ path, contents }) => [path.split('/').at(-1), contents]);
  return zipSync(Object.fromEntries(files), { level: 9, mtime: firstDayOfZip });
}

const bundleOf = (zip: Uint8Array): Bundle => ({
  code: new ZippedCode(zip),
  sha256: createHash('sha256').update(zip).digest('base64'),
});

/** Code that is a zip in memory. */
class ZippedCode extends lambda.Code {
  readonly isInline = false;
  readonly #zip: Uint8Array;
  #asset: lambda.AssetCode | undefined;

  constructor(zip: Uint8Array) {
    super();
    this.#zip = zip;
  }

  /** CDK copies the asset when it binds the code. */
  override bind(scope: Construct): lambda.CodeConfig {
    const folder = mkdtempSync(join(tmpdir(), 'trailkeeper-bundle-'));
    const file = join(folder, 'index.zip');
    writeFileSync(file, this.#zip);
    try {
      this.#asset = lambda.Code.fromAsset(file);
      return this.#asset.bind(scope);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  override bindToResource(resource: Parameters<lambda.Code['bindToResource']>[0]): void {
    this.#asset?.bindToResource(resource);
  }
}

const firstDayOfZip = new Date(1980, 0, 1);

const fromTop = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
