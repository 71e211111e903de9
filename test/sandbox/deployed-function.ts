import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createLambda } from '#sandbox/lambda/run.ts';
import { newWorld } from '#sandbox/seed.ts';
import type { FunctionState } from '#sandbox/world.ts';

export const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:fn';

/** A world whose only function has this source, until the test ends. */
export async function deployedFunction(
  source: string,
  configuration: object,
  invokeConfig: FunctionState['invokeConfig'] = null,
) {
  const asset = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  await writeFile(join(asset, 'index.mjs'), source);
  const world = newWorld();
  world.functions.set(functionArn, {
    name: 'fn',
    place: { accountId: '111122223333', region: 'us-east-1' },
    code: asset,
    codeSha256: '',
    configuration: {
      Handler: 'index.handler',
      Role: 'arn:aws:iam::111122223333:role/r',
      Timeout: 10,
      MemorySize: 128,
      ...configuration,
    },
    reservedConcurrency: null,
    invokeConfig,
    policy: [],
  });
  const lambda = createLambda(world, () => ({ AWS_ACCESS_KEY_ID: 'ASIAROLE' }));
  onTestFinished(async () => {
    await lambda.stop();
    await rm(asset, { recursive: true });
  });
  return { world, lambda, asset };
}
