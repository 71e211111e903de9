import { join } from 'node:path';
import { expect, test } from 'vitest';
import { perfectDelivery } from '#sandbox/delivery.ts';
import { asyncInvoker } from '#sandbox/lambda/async-invoke.ts';
import { deployedFunction, functionArn } from './deployed-function.ts';

const queueArn = 'arn:aws:sqs:us-east-1:111122223333:dead-letters';

/** A handler that fails in the given way until the event's file contains more than `failures` characters. */
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
  'retries the event after %s and sends no failure if the retry succeeds',
  async (_, how) => {
    const { invoke, attempts, sent } = await deployed(failing(how));

    await invoke({ failures: 2 });

    expect(attempts()).toBe(3);
    expect(sent).toEqual([]);
  },
);

test.each(Object.entries(ways))(
  'sends the event and the reason to the queue after %s in three attempts',
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

test.each([
  ['is invoked', 15, {}, true],
  ['is stopped, and the event is sent to the queue at once', 16, {}, false],
  ['is invoked if its configuration allows it', 99, { RecursiveLoop: 'Allow' }, true],
])(
  'a function in a chain of invocations %s after %i of them',
  async (_, lineage, configuration, isInvoked) => {
    const { invoke, attempts, sent } = await deployed(failing(';'), configuration);

    await invoke({ failures: 0 }, lineage);

    expect(attempts()).toBe(isInvoked ? 1 : 0);
    expect(sent).toMatchObject(
      isInvoked
        ? []
        : [{ body: { responsePayload: { errorType: 'RecursiveInvocationException' } } }],
    );
  },
);

async function deployed(source: string, configuration: object = {}) {
  const { world, lambda, asset } = await deployedFunction(
    source,
    { Timeout: 1, ...configuration },
    { MaximumRetryAttempts: 2, DestinationConfig: { OnFailure: { Destination: queueArn } } },
  );
  const sent: object[] = [];
  const start = asyncInvoker({
    world,
    lambda,
    sqs: { send: (arn, body) => sent.push({ arn, body }) },
    delivery: () => ({ ...perfectDelivery, lambdaRetryMs: 1 }),
  });
  const file = join(asset, 'attempts');
  return {
    sent,
    attempts: () => lambda.invocations.length,
    invoke: (event: object, lineage = 0) => start(functionArn, { ...event, file }, lineage),
  };
}
