import { expect } from 'vitest';

/**
 * Expects a call to be refused with the named error and returns the error. The failure shows the response or error that
 * came instead.
 */
export async function refusal(call: Promise<unknown>, name: string): Promise<Error> {
  const error = await call.then(
    (answer) =>
      Object.assign(new Error(`it returned ${JSON.stringify(answer).slice(0, 500)}`), {
        name: 'none',
      }),
    (thrown: Error) => thrown,
  );
  expect(error.name, error.message).toBe(name);
  return error;
}
