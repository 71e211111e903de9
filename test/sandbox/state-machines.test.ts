import { beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { deployMachine, functionArn, roleStatements, task } from '../support/state-machine.ts';

/** How executions of state machines run. Sources: Amazon States Language specification; Step Functions developer guide. */

const account = testAccount();
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, lambdaRetryMs: 10, workflowSecondMs: 1 });
});

const double = '(event) => event * 2';

test('a task gets its arguments, and its output is what is made of the result', async () => {
  const { run } = await deployMachine(account, { code: double, States: { Double: task() } });

  expect(await run(21)).toMatchObject({ status: 'SUCCEEDED', result: 42 });
});

test('a choice loops until its condition is met, and variables outlive states', async () => {
  const { run } = await deployMachine(account, {
    code: double,
    States: {
      Start: { Type: 'Pass', Assign: { rounds: 0 }, Next: 'Double' },
      Double: task({ Assign: { rounds: '{% $rounds + 1 %}' }, Next: 'IsLarge' }),
      IsLarge: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input >= 100 %}', Next: 'Done' }],
        Default: 'Double',
      },
      Done: { Type: 'Succeed', Output: { last: '{% $states.input %}', rounds: '{% $rounds %}' } },
    },
  });

  expect(await run(7)).toMatchObject({ result: { last: 112, rounds: 4 } });
});

test('a wait lasts until its time', async () => {
  const { run } = await deployMachine(account, {
    code: double,
    States: { Wait: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', End: true } },
  });

  expect(await run({ seconds: 3 })).toMatchObject({ result: { seconds: 3 } });
});

test('an inline map processes each item in the same execution, in the order of the items', async () => {
  const { run } = await deployMachine(account, {
    code: double,
    States: {
      Each: {
        Type: 'Map',
        Items: '{% $states.input.numbers %}',
        ItemSelector: '{% $states.context.Map.Item.Value + $states.input.more %}',
        ItemProcessor: { StartAt: 'Double', States: { Double: task() } },
        End: true,
      },
    },
  });

  expect(await run({ numbers: [1, 2, 3], more: 10 })).toMatchObject({ result: [22, 24, 26] });
});

describe('an error', () => {
  const failing = `(event) => { throw Object.assign(new Error('no good'), { name: 'Sad' }); }`;
  const failsTwice = (answer: string) => `() => {
    globalThis.count = (globalThis.count ?? 0) + 1;
    if (globalThis.count < 3) throw Object.assign(new Error('no good'), { name: 'Sad' });
    return '${answer}';
  }`;

  test('of a function fails the execution by its type', async () => {
    const { run } = await deployMachine(account, { code: failing, States: { Fails: task() } });

    expect(await run()).toMatchObject({
      status: 'FAILED',
      error: 'Sad',
      cause: expect.stringContaining('"errorMessage":"no good"'),
    });
  });

  test('is retried as often as its retrier says', async () => {
    const retry = (MaxAttempts: number) =>
      task({ Retry: [{ ErrorEquals: ['Sad'], MaxAttempts }], End: true });
    const { run } = await deployMachine(account, {
      code: failsTwice('once'),
      States: { Fails: retry(2) },
    });

    expect(await run()).toMatchObject({ status: 'SUCCEEDED', result: 'once' });
  });

  test('fails the state when its retrier gives up', async () => {
    const Retry = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }];
    const fails = task({ Retry, End: true });
    const { run } = await deployMachine(account, {
      code: failsTwice('again'),
      States: { Fails: fails },
    });

    expect(await run()).toMatchObject({ status: 'FAILED', error: 'Sad' });
  });

  test('is caught, with its name and its cause', async () => {
    const Output = '{% $states.errorOutput.Error %}';
    const Catch = [{ ErrorEquals: ['States.TaskFailed'], Next: 'Sorry', Output }];
    const { run } = await deployMachine(account, {
      code: failing,
      States: {
        Fails: task({ Catch, End: true }),
        Sorry: { Type: 'Pass', Output: { was: '{% $states.input %}' }, End: true },
      },
    });

    expect(await run()).toMatchObject({ status: 'SUCCEEDED', result: { was: 'Sad' } });
  });

  test('of a function that takes too long is Sandbox.Timedout', async () => {
    const code = '() => new Promise(() => setInterval(() => {}, 1e6))';
    const { run } = await deployMachine(account, { code, States: { Hangs: task() } });

    expect(await run()).toMatchObject({ status: 'FAILED', error: 'Sandbox.Timedout' });
  });

  test('of a task that takes longer than TimeoutSeconds is States.Timeout, and no failed task', async () => {
    const code = '() => new Promise((resolve) => setTimeout(resolve, 3000))';
    const Catch = [{ ErrorEquals: ['States.TaskFailed'], Next: 'Sorry' }];
    const { run } = await deployMachine(account, {
      code,
      States: { Hangs: task({ TimeoutSeconds: 1, Catch, End: true }), Sorry: { Type: 'Succeed' } },
    });

    expect(await run()).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  test('of an expression that returns nothing is States.QueryEvaluationError', async () => {
    const { run } = await deployMachine(account, {
      code: double,
      States: { Wrong: { Type: 'Pass', Output: '{% $states.input.none %}', End: true } },
    });

    expect(await run()).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  test('of a Fail state has the name and cause that it gives', async () => {
    const { run } = await deployMachine(account, {
      code: double,
      States: { No: { Type: 'Fail', Error: 'No', Cause: '{% $states.input.why %}' } },
    });

    expect(await run({ why: 'so' })).toMatchObject({ status: 'FAILED', error: 'No', cause: 'so' });
  });
});

describe('a quota', () => {
  const caught = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Sorry' }], End: true };

  test('of 262,144 bytes holds for a result, and States.ALL does not catch it', async () => {
    const { run } = await deployMachine(account, {
      code: `(size) => 'x'.repeat(size)`,
      States: { Large: task(caught), Sorry: { Type: 'Succeed' } },
    });

    expect(await run(262_144)).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
    });
  });

  test('of 25,000 events of history ends an execution that loops', async () => {
    const { run } = await deployMachine(account, {
      code: double,
      States: {
        Once: { Type: 'Pass', Next: 'Again' },
        Again: { Type: 'Pass', Next: 'Once' },
      },
    });

    expect(await run()).toMatchObject({
      status: 'FAILED',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
  });
});

describe('the role of a state machine', () => {
  const states = { code: double, States: { Double: task() } };
  const without = (action: string) => roleStatements.filter(({ Action }) => Action !== action);

  test('must be allowed to invoke the function', async () => {
    const statements = without('lambda:InvokeFunction');
    const { run } = await deployMachine(account, states, { statements });

    expect(await run(1)).toMatchObject({
      status: 'FAILED',
      error: 'Lambda.AWSLambdaException',
      cause: expect.stringContaining(
        `is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn}`,
      ),
    });
  });

  test.each(['states:StartExecution', 'states:DescribeExecution'])(
    'must be allowed %s on the state machine, for a distributed map',
    async (action) => {
      const ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
      const ItemProcessor = { ProcessorConfig, StartAt: 'Double', States: { Double: task() } };
      const { run } = await deployMachine(
        account,
        { code: double, States: { Each: { Type: 'Map', ItemProcessor, End: true } } },
        { statements: without(action) },
      );

      expect(await run([1])).toMatchObject({ status: 'FAILED', error: 'States.Permissions' });
    },
  );

  test('must trust Step Functions', async () => {
    await expect(deployMachine(account, states, { trusted: 'ec2.amazonaws.com' })).rejects.toThrow(
      /states.amazonaws.com.* authorized to assume the provided role/,
    );
  });

  test('must be allowed to deliver the log that is configured', async () => {
    const LoggingConfiguration = { Level: 'ALL' };
    const log = { Effect: 'Allow', Action: 'logs:*', Resource: '*' };

    await expect(
      deployMachine(account, states, { machine: { LoggingConfiguration } }),
    ).rejects.toThrow('not authorized to access the Log Destination');
    await account.reset();
    const statements = [...roleStatements, log];
    await deployMachine(account, states, { statements, machine: { LoggingConfiguration } });
  });
});

describe('a definition is refused', () => {
  test.each([
    [
      'with a field that its state does not have',
      { A: { Type: 'Pass', InputPath: '$', End: true } },
    ],
    ['with a transition to a state that does not exist', { A: { Type: 'Pass', Next: 'B' } }],
    ['with a state that neither ends nor goes on', { A: { Type: 'Pass' } }],
  ])('%s', async (_, States) => {
    await expect(deployMachine(account, { code: double, States })).rejects.toThrow();
  });
});
