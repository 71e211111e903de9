import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type BuildOptions, buildSync } from 'esbuild';
import { zipSync } from 'fflate';
import { type Facts, factsFile } from '#deployment/expected-deployment.ts';

/** The code of a function, and the `CodeSha256` that Lambda will return for it. */
export type Bundle = { readonly code: lambda.Code; readonly sha256: string };

/**
 * Bundles an entry point with its SDK, and the facts in a file beside it, into a zip. The same inputs make the same zip, and its SHA-256
 * in base64 is Lambda's `CodeSha256`. The CDK's own bundling zips at deployment, too late to put the hash into the self-check
 * (docs/decisions/0014-bundle-without-cdk.md).
 */
export function bundle(entry: string, facts: Facts): Bundle {
  const files = {
    ...buildFunction(entry),
    [factsFile]: new TextEncoder().encode(JSON.stringify(facts)),
  };
  const zip = zipSync(files, { level: 9, mtime: firstDayOfZip });
  return { code: new ZippedCode(zip), sha256: createHash('sha256').update(zip).digest('base64') };
}

const known = new Map<string, Readonly<Record<string, Uint8Array>>>();

/** The code of an entry point by file name: built once a process. */
export function buildFunction(entry: string): Readonly<Record<string, Uint8Array>> {
  const before = known.get(entry);
  if (before !== undefined) return before;
  const { outputFiles } = buildSync({
    ...bundling,
    entryPoints: [{ in: fromTop(entry), out: 'index' }],
    outdir: '.',
    outExtension: { '.js': '.mjs' },
    // What is imported while a function runs is a file that is loaded only then.
    splitting: true,
    sourcemap: true,
    sourcesContent: false,
  });
  const files = outputFiles.map(({ path, contents }) => [path.split('/').at(-1), contents]);
  known.set(entry, Object.fromEntries(files));
  return Object.fromEntries(files);
}

const fromTop = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** How code is bundled. */
export const bundling: BuildOptions & { write: false } = {
  absWorkingDir: fromTop(''),
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
};

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
