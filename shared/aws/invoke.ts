import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

/** Thrown if a function failed, with the name and message of its error. */
class FunctionError extends Error {
  override readonly name: string;

  constructor({ errorType = 'Error', errorMessage = 'it failed' }: Partial<Failure>) {
    super(errorMessage);
    this.name = errorType;
  }
}

type Failure = { readonly errorType: string; readonly errorMessage: string };

/** Invokes a function and returns its answer. Throws `FunctionError`, and the errors of Invoke. */
export async function invoke(
  lambda: LambdaClient,
  FunctionName: string,
  payload: unknown,
): Promise<unknown> {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
  );
  const result: unknown = JSON.parse(answer.Payload?.transformToString() || 'null');
  if (answer.FunctionError !== undefined) throw new FunctionError(result as Partial<Failure>);
  return result;
}

/** Invokes a function asynchronously: Lambda retries it if it fails. Throws the errors of Invoke. */
export async function invokeLater(
  lambda: LambdaClient,
  FunctionName: string,
  payload: unknown,
): Promise<void> {
  await lambda.send(
    new InvokeCommand({
      FunctionName,
      InvocationType: 'Event',
      Payload: JSON.stringify(payload),
    }),
  );
}
