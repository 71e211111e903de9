import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

/** Thrown for what a function ended in: its error, by its own name and message. */
export class FunctionError extends Error {
  override readonly name: string;

  constructor({ errorType = 'Error', errorMessage = 'it failed' }: Partial<Failure>) {
    super(errorMessage);
    this.name = errorType;
  }
}

type Failure = { readonly errorType: string; readonly errorMessage: string };

/** Invokes a function and waits for its answer. Throws `FunctionError`. */
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

/** Has a function invoked, and does not wait. Lambda sees to it that it is, and tries again where it fails. */
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
