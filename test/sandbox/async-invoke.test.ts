import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { asyncInvoker } from '#sandbox/async-invoke.ts';
import { perfectDelivery } from '#sandbox/delivery.ts';
import { createLambda } from '#sandbox/lambda.ts';
import type { Resource } from '#sandbox/template.ts';

const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:fn';
const queueArn = 'arn:aws:sqs:us-east-1:111122223333:dead-letters';

/** Fails in some way unless the file that its event names has grown as long as the event says. */
const failing = (how: string): string => `
  import { appendFileSync, readFileSync } from 'node:fs';
  export const handler = async ({ file, failures }) => {
    appendFileSync(file, 'x');
    if (readFileSync(file, 'utf8').length <= failures) ${how};
    return 'done';
  };`;

const ways: Record<string, string> = {
  'an error': "throw new Error('no good')",
  'a crash': 'process.exit(3)',
  'a timeout': 'await new Promise(() => setInterval(() => {}, 1e6))',
};

test.each(Object.entries(ways))(
  'after %s the event is tried again, and is not kept if that succeeds',
  async (_, how) => {
    const { invoke, attempts, sent } = await deployed(failing(how));

    await invoke({ failures: 2 });

    expect(attempts()).toBe(3);
    expect(sent).toEqual([]);
  },
);

test.each(Object.entries(ways))(
  'after %s in every one of three attempts the event is in the queue, with the reason',
  async (_, how) => {
    const { invoke, attempts, sent } = await deployed(failing(how));

    await invoke({ failures: 9 });

    expect(attempts()).toBe(3);
    expect(sent).toMatchObject([
      {
        arn: queueArn,
        body: {
          requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
          requestPayload: { failures: 9 },
          responsePayload: { errorMessage: expect.any(String) },
        },
      },
    ]);
  },
);

async function deployed(source: string) {
  const asset = await mkdtemp(join(tmpdir(), 'trailkeeper-test-'));
  await writeFile(join(asset, 'index.mjs'), source);
  const lambda = createLambda();
  onTestFinished(async () => {
    await lambda.stop();
    await rm(asset, { recursive: true });
  });
  const common = { asset, arn: functionArn, name: 'fn' };
  const fn: Resource = {
    ...common,
    logicalId: 'Fn',
    type: 'AWS::Lambda::Function',
    properties: {
      Handler: 'index.handler',
      Timeout: 1,
      MemorySize: 128,
      Role: 'arn:aws:iam::111122223333:role/r',
    },
  };
  const config: Resource = {
    ...common,
    logicalId: 'Config',
    arn: 'none',
    type: 'AWS::Lambda::EventInvokeConfig',
    properties: {
      FunctionName: 'fn',
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: queueArn } },
    },
  };
  lambda.createFunction(fn, {});
  const sent: object[] = [];
  const start = asyncInvoker(
    { name: 'App', resources: [fn, config], outputs: {} },
    {
      lambda,
      sqs: {
        service: {},
        createQueue: () => {},
        purge: () => {},
        send: (arn, body) => sent.push({ arn, body }),
      },
      roles: new Map(),
      delivery: () => ({ ...perfectDelivery, lambdaRetryMs: 1 }),
    },
  );
  const file = join(asset, 'attempts');
  return {
    sent,
    attempts: () => lambda.invocations.length,
    invoke: (event: object) => start(functionArn, { ...event, file }),
  };
}
