import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Delivery } from '../delivery.ts';
import { authorize } from '../iam.ts';
import { sessionOf } from '../principal.ts';
import { AwsError } from '../service.ts';
import type { Sqs } from '../sqs.ts';
import type { World } from '../world.ts';
import { findFunction, type Lambda } from './run.ts';

export type AsyncInvokerOptions = {
  readonly world: World;
  readonly lambda: Pick<Lambda, 'invoke'>;
  readonly sqs: Pick<Sqs, 'send'>;
  readonly delivery: () => Delivery;
};

/**
 * Lambda's asynchronous invocation. A function that fails or is throttled is retried as configured; then the event goes
 * to the failure destination, with the permissions of the function's role. AWS retries a throttled function for hours;
 * the sandbox retries it as often as a failed one. A recursive loop is not retried. Source: Lambda developer guide,
 * "Capturing records of Lambda asynchronous invocations".
 */
export const asyncInvoker =
  ({ world, lambda, sqs, delivery }: AsyncInvokerOptions) =>
  async (functionArn: string, payload: unknown, lineage = 0): Promise<void> => {
    const trace = { requestId: randomUUID(), lineage };
    for (let attempt = 0; ; attempt += 1) {
      const problem = await failureReason(() => lambda.invoke(functionArn, payload, trace));
      if (problem === null) return;
      const [, { configuration, invokeConfig, name }] = findFunction(world, functionArn);
      const isLoop = problem.errorType === 'RecursiveInvocationException';
      if (isLoop || attempt === (invokeConfig?.MaximumRetryAttempts ?? 2)) {
        const destination = invokeConfig?.DestinationConfig?.OnFailure?.Destination;
        if (destination === undefined) return;
        const session = sessionOf(configuration.Role, name, 'lambda');
        await authorize(world, session, [{ action: 'sqs:SendMessage', resource: destination }]);
        sqs.send(destination, failureRecord(functionArn, { payload, problem, count: attempt + 1 }));
        return;
      }
      await setTimeout(delivery().lambdaRetryMs * (attempt + 1));
    }
  };

type Problem = { readonly errorType: string; readonly errorMessage: string };

/** The reason why an invocation failed, or null. */
export async function failureReason(
  invoke: () => ReturnType<Lambda['invoke']>,
): Promise<Problem | null> {
  try {
    const invocation = await invoke();
    return 'error' in invocation ? invocation.error : null;
  } catch (error) {
    const isRefused = error instanceof AwsError && refusals.includes(error.code);
    if (!isRefused) throw error;
    return { errorType: error.code, errorMessage: error.message };
  }
}

const refusals = ['TooManyRequestsException', 'RecursiveInvocationException'];

const failureRecord = (
  functionArn: string,
  { payload, problem, count }: { payload: unknown; problem: object; count: number },
): object => ({
  version: '1.0',
  timestamp: new Date().toISOString(),
  requestContext: {
    functionArn: `${functionArn}:$LATEST`,
    condition: 'RetriesExhausted',
    approximateInvokeCount: count,
  },
  requestPayload: payload,
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  responsePayload: problem,
});
