import { expect, test } from 'vitest';
import type { Lambda } from '#sandbox/lambda/run.ts';
import { deployedFunction } from './deployed-function.ts';

test('a function returns the handler’s result and its printed lines in order', async () => {
  const lambda = await deployed(`export const handler = async (event, context) => {
    console.log('first'); console.error('second');
    return { event, name: context.functionName };
  };`);

  const invocation = await lambda.invoke('fn', { a: 1 });

  expect(invocation).toMatchObject({
    result: { event: { a: 1 }, name: 'fn' },
    log: ['first', 'second'],
  });
});

test('a handler error is reported by type and message', async () => {
  const lambda = await deployed(
    `export const handler = async () => { throw new TypeError('no good'); };`,
  );

  expect(await lambda.invoke('fn', {})).toMatchObject({
    error: { errorType: 'TypeError', errorMessage: 'no good' },
  });
});

test('a process handles one invocation at a time, and a busy one gets a second process', async () => {
  const lambda = await deployed(`let served = 0;
    export const handler = () => new Promise((done) =>
      setTimeout(() => done({ pid: process.pid, served: ++served }), 100));`);

  const [one, other] = await Promise.all([lambda.invoke('fn', {}), lambda.invoke('fn', {})]);
  const third = await lambda.invoke('fn', {});

  const pids = [one, other, third].map((answer) => (answer as { result: { pid: number } }).result);
  expect(pids[0]?.pid).not.toBe(pids[1]?.pid);
  expect(third).toMatchObject({ result: { served: 2 } });
});

test('a function that times out is ended, and the next invocation works', async () => {
  const lambda = await deployed(
    `export const handler = (event) => event.hang ? new Promise(() => setInterval(() => {}, 1e6)) : 'ok';`,
    { Timeout: 1 },
  );

  expect(await lambda.invoke('fn', { hang: true })).toMatchObject({
    error: { errorMessage: expect.stringContaining('Task timed out after 1 seconds') },
  });
  expect(await lambda.invoke('fn', {})).toMatchObject({ result: 'ok' });
});

test('a process that exits during an invocation is an error', async () => {
  const lambda = await deployed(`export const handler = () => { process.exit(3); };`);

  expect(await lambda.invoke('fn', {})).toMatchObject({
    error: { errorType: 'Runtime.ExitError' },
  });
});

test('a function gets only the variables of its template and the credentials of its role', async () => {
  const lambda = await deployed(`export const handler = () => process.env;`, {
    Environment: { Variables: { TABLE: 'state' } },
  });

  const { result } = (await lambda.invoke('fn', {})) as unknown as { result: object };

  expect(result).toMatchObject({ TABLE: 'state', AWS_ACCESS_KEY_ID: 'ASIAROLE' });
  expect(Object.keys(result)).not.toContain('HOME');
});

test('nothing runs or starts after the sandbox has stopped', async () => {
  const lambda = await deployed(
    `export const handler = () => new Promise(() => setInterval(() => {}, 1e6));`,
  );
  const running = lambda.invoke('fn', {});
  await lambda.stop();

  expect(await running).toMatchObject({ error: { errorType: 'Runtime.ExitError' } });
  expect(await lambda.invoke('fn', {})).toMatchObject({ error: { errorType: 'Stopped' } });
});

const deployed = async (source: string, configuration: object = {}): Promise<Lambda> =>
  (await deployedFunction(source, configuration)).lambda;
