import { setTimeout } from 'node:timers/promises';
import type { Delivery } from './delivery.ts';
import { authorize, type Roles } from './iam.ts';
import type { Invocation, Lambda } from './lambda.ts';
import { sessionOf } from './principal.ts';
import type { Sqs } from './sqs.ts';
import type { Stack } from './template.ts';

/**
 * Lambda's asynchronous invocation: a function that fails is tried again as its EventInvokeConfig says, then the event
 * goes to the failure destination, with the rights of the function's role.
 * Source: Lambda developer guide, "Capturing records of Lambda asynchronous invocations".
 */
export const asyncInvoker =
  (
    stack: Stack,
    {
      lambda,
      sqs,
      roles,
      delivery,
    }: { lambda: Lambda; sqs: Sqs; roles: Roles; delivery: () => Delivery },
  ) =>
  async (functionArn: string, payload: unknown): Promise<void> => {
    const target = stack.resources.find(({ arn }) => arn === functionArn);
    const config = stack.resources.find(
      ({ type, properties }) =>
        type === 'AWS::Lambda::EventInvokeConfig' && properties.FunctionName === target?.name,
    )?.properties;
    const retries = config?.MaximumRetryAttempts ?? 2;

    for (let attempt = 0; ; attempt += 1) {
      const invocation = await lambda.invoke(functionArn, payload);
      if (!('error' in invocation)) return;
      if (attempt === retries) {
        const destination = config?.DestinationConfig?.OnFailure?.Destination;
        if (destination === undefined) return;
        const session = sessionOf(target?.properties.Role, invocation.functionName, 'lambda');
        await authorize(roles, session, [{ action: 'sqs:SendMessage', resource: destination }]);
        sqs.send(destination, failureRecord(functionArn, invocation, attempt + 1));
        return;
      }
      await setTimeout(delivery().lambdaRetryMs * (attempt + 1));
    }
  };

const failureRecord = (functionArn: string, invocation: Invocation, count: number): object => ({
  version: '1.0',
  timestamp: invocation.at,
  requestContext: {
    requestId: invocation.requestId,
    functionArn: `${functionArn}:$LATEST`,
    condition: 'RetriesExhausted',
    approximateInvokeCount: count,
  },
  requestPayload: invocation.payload,
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  responsePayload: 'error' in invocation ? invocation.error : null,
});
