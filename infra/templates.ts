import { rmSync } from 'node:fs';
import type * as cdk from 'aws-cdk-lib';

/** Synthesizes an app into the templates of these stacks, and removes its files. */
export function templatesOf(app: cdk.App, stacks: readonly cdk.Stack[]): readonly Template[] {
  try {
    const assembly = app.synth();
    return stacks.map(({ artifactId }) => assembly.getStackArtifact(artifactId).template);
  } finally {
    rmSync(app.outdir, { recursive: true });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a template has resources of any shape
type Template = any;
