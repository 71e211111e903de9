import { randomUUID } from 'node:crypto';
import { arnPrefix } from '../home.ts';
import { authorize } from '../iam.ts';
import { findFunction } from '../lambda/run.ts';
import { sessionOf } from '../principal.ts';
import { AwsError, type Need } from '../service.ts';
import type { Running } from './scope.ts';
import { StateError } from './state-error.ts';

/**
 * Invokes a function and waits for its answer. An error of the function has its type as its name, and an error of Lambda is
 * `Lambda.NAME`. Sources: "Invoke an AWS Lambda function with Step Functions"; "Handling errors in Step Functions workflows".
 */
export async function runLambda(resource: string, given: unknown, running: Running) {
  if (resource !== `${arnPrefix}:states:::lambda:invoke`) {
    throw new Error(`the sandbox does not model the task ${resource}`);
  }
  const { world, lambda } = running;
  const { FunctionName, Payload = {} } = given as { FunctionName: string; Payload?: unknown };
  try {
    const [arn] = findFunction(world, FunctionName);
    await authorizeRole(running, [{ action: 'lambda:InvokeFunction', resource: arn }]);
    const invocation = await lambda.invoke(arn, Payload);
    if ('error' in invocation) throw errorOf(invocation.error as FunctionError);
    return { ExecutedVersion: '$LATEST', Payload: invocation.result, StatusCode: 200 };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // How a refused permission is named is not documented; public state machines retry AWSLambdaException for it.
    const name = error.code === 'AccessDeniedException' ? 'AWSLambdaException' : error.code;
    throw new StateError(`Lambda.${name}`, error.message);
  }
}

type FunctionError = { readonly errorType: string; readonly errorMessage: string };

/** "In newer runtimes, timeouts are reported as Sandbox.Timedout." */
const errorOf = (error: FunctionError): StateError =>
  new StateError(
    error.errorMessage.startsWith('Task timed out') ? 'Sandbox.Timedout' : error.errorType,
    JSON.stringify(error),
  );

/** Throws `AccessDeniedException` unless the role of the state machine has these permissions. */
export const authorizeRole = ({ world, machine }: Running, needs: readonly Need[]): Promise<void> =>
  authorize(world, sessionOf(machine.roleArn, randomUUID(), 'states'), needs);
