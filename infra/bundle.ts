import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { zipSync } from 'fflate';
import { factsFile } from '#deployment/expected-deployment.ts';

/** The code of a function, and the `CodeSha256` that Lambda will return for it. */
export type Bundle = { readonly code: lambda.Code; readonly sha256: string };

/** Makes the bundle of a function, by the name of its entry point. */
export type Bundler = (name: string, facts: object) => Bundle;

/** The built code of a function, with its SDK, by file name. */
export type FunctionFiles = Readonly<Record<string, Uint8Array>>;

/**
 * Bundles built code, and the facts in a file beside it, into a zip. The same inputs make the same zip, and its SHA-256 in base64 is
 * Lambda's `CodeSha256`. The CDK's own bundling zips at deployment, too late to put the hash into the self-check
 * (docs/decisions/0014-bundle-without-cdk.md).
 */
export const bundleOf =
  (filesOf: (name: string) => FunctionFiles): Bundler =>
  (name, facts) => {
    const zip = zipOf(filesOf(name), facts);
    return { code: new ZippedCode(zip), sha256: codeSha256(zip) };
  };

export function zipOf(code: FunctionFiles, facts: object): Uint8Array {
  const files = { ...code, [factsFile]: new TextEncoder().encode(JSON.stringify(facts)) };
  const sorted = Object.entries(files).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return zipSync(Object.fromEntries(sorted), { level: 9, mtime: firstDayOfZip });
}

export const codeSha256 = (zip: Uint8Array): string =>
  createHash('sha256').update(zip).digest('base64');

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
