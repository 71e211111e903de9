import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as cdk from 'aws-cdk-lib';
import { parseDeployment } from '#deployment/config.ts';
import { addWatchtowerStack } from '#infra/watchtower-stack.ts';
import { bundle } from './bundle.ts';

// CDK's own validation of templates takes most of a synthesis and changes nothing in them.
process.env.CDK_VALIDATION ??= 'false';

/** Deploys the watchtower into its account, with credentials of that account. */
export async function deployWatchtower(endpoint: string, config: object): Promise<void> {
  const { account, region, template, assets } = watchtowerTemplate(config);
  const credentials = { accessKeyId: account, secretAccessKey: 'any' };
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const bucket = `cdk-hnb659fds-assets-${account}-${region}`;
  await s3.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: Error) => {
    if (!error.name.startsWith('BucketAlready')) throw error;
  });
  for (const [Key, Body] of assets) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  }
  const client = new CloudFormationClient({ endpoint, region, credentials });
  const stack = {
    StackName: 'Trailkeeper-Watchtower',
    TemplateBody: JSON.stringify(template),
  };
  await client.send(new CreateStackCommand(stack)).catch((error: Error) => {
    if (error.name !== 'AlreadyExistsException') throw error;
    return client.send(new UpdateStackCommand(stack));
  });
}

type Synthesized = {
  readonly account: string;
  readonly region: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template holds resources of any shape
  readonly template: any;
  /** The zip files, by object key. */
  readonly assets: ReadonlyMap<string, Buffer>;
};

const known = new Map<string, Synthesized>();

/** The template of the watchtower, and the code of its function: once a process for each configuration. */
export function watchtowerTemplate(config: object): Synthesized {
  const key = JSON.stringify(config);
  const synthesized = known.get(key) ?? synthesize(config);
  known.set(key, synthesized);
  return synthesized;
}

function synthesize(config: object): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'trailkeeper-watchtower-'));
  try {
    const app = new cdk.App({ outdir });
    const stack = addWatchtowerStack(app, parseDeployment(config), bundle);
    const { template } = app.synth().getStackArtifact(stack.artifactId);
    const functions = Object.values<typeof template>(template.Resources).filter(
      ({ Type }) => Type === 'AWS::Lambda::Function',
    );
    const keys: readonly string[] = functions.map(({ Properties }) => Properties.Code.S3Key);
    const { account, region } = stack;
    const assets = new Map(
      keys.map((key) => [key, readFileSync(join(outdir, `asset.${key}`))] as const),
    );
    return { account, region, template, assets };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
