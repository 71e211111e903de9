import {
  DescribeMapRunCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, test } from 'vitest';
import { testAccount } from '../support/account.ts';
import { deployMachine, task } from '../support/state-machine.ts';

/** The runs of distributed maps. Source: Step Functions API reference. `conformance/workflows/` states the API. */

const account = testAccount();
beforeEach(async () => {
  await account.reset();
  account.deliver({ drop: true, workflowSecondMs: 1 });
});

const forAnHour = { Wait: { Type: 'Wait', Seconds: 3_600_000, End: true } };

/** A distributed map over the input. */
const distributed = (States: object, fields: object = {}) => ({
  Each: {
    Type: 'Map',
    Label: 'Items',
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: Object.keys(States)[0],
      States,
    },
    ...fields,
    End: true,
  },
});

describe('a distributed map', () => {
  const nameOf = {
    Name: { Type: 'Pass', Output: '{% $states.context.Execution.Name %}', End: true },
  };

  test('processes each item in its own child execution', async () => {
    const { run, sfn } = await deployMachine(account, {
      code: '() => 0',
      States: distributed(nameOf),
    });

    const { result, executionArn } = await run(['a', 'b', 'c']);
    const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }));
    const [{ mapRunArn } = {}] = mapRuns;
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ mapRunArn }));

    expect(mapRunArn).toMatch(/:mapRun:Sample\/Items:[\w-]+$/);
    expect(new Set(executions.map(({ name }) => name))).toEqual(new Set(result as string[]));
    expect(executions).toHaveLength(3);
    expect(executions[0]?.executionArn).toMatch(/:execution:Sample\/Items:[\w-]+$/);
    expect(await sfn.send(new DescribeMapRunCommand({ mapRunArn }))).toMatchObject({
      status: 'SUCCEEDED',
      itemCounts: { total: 3, succeeded: 3, pending: 0, running: 0, failed: 0 },
    });
  });

  test('runs at most MaxConcurrency children at a time', async () => {
    const { start, sfn } = await deployMachine(account, {
      code: '() => 0',
      States: distributed(forAnHour, { MaxConcurrency: '{% $count($states.input) - 1 %}' }),
    });

    const { executionArn } = await start([1, 2, 3]);
    const listRuns = async () =>
      (await sfn.send(new ListMapRunsCommand({ executionArn }))).mapRuns ?? [];
    await expect.poll(listRuns).toHaveLength(1);
    const [{ mapRunArn } = {}] = await listRuns();

    await expect
      .poll(() => sfn.send(new DescribeMapRunCommand({ mapRunArn })))
      .toMatchObject({ itemCounts: { running: 2, pending: 1 } });
  });

  const failsForB = {
    code: `(item) => { if (item === 'b') throw new TypeError('no good'); return item; }`,
  };

  test('fails when more items fail than it tolerates', async () => {
    const { run, sfn } = await deployMachine(account, {
      ...failsForB,
      States: distributed({ Task: task() }),
    });

    const { status, error, executionArn } = await run(['a', 'b']);
    const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }));
    const { mapRunArn } = mapRuns[0] ?? {};

    expect({ status, error }).toEqual({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
    });
    expect(await sfn.send(new DescribeMapRunCommand({ mapRunArn }))).toMatchObject({
      status: 'FAILED',
    });
  });

  test.each([{ ToleratedFailurePercentage: 50 }, { ToleratedFailureCount: 1 }])(
    'has how an item failed in its result if it tolerates that: %o',
    async (tolerated) => {
      const { run } = await deployMachine(account, {
        ...failsForB,
        States: distributed({ Task: task() }, tolerated),
      });

      expect(await run(['a', 'b'])).toMatchObject({
        status: 'SUCCEEDED',
        result: ['a', { Status: 'FAILED', Error: 'TypeError', Input: '"b"' }],
      });
    },
  );

  test('is stopped with its children', async () => {
    const { start, sfn, describeExecution } = await deployMachine(account, {
      code: '() => 0',
      States: distributed(forAnHour),
    });
    const { executionArn } = await start([1, 2]);
    const listRuns = async () =>
      (await sfn.send(new ListMapRunsCommand({ executionArn }))).mapRuns ?? [];
    await expect.poll(listRuns).toHaveLength(1);
    const [{ mapRunArn } = {}] = await listRuns();

    await sfn.send(new StopExecutionCommand({ executionArn, error: 'Mine', cause: 'enough' }));
    await account.settled();

    expect(await describeExecution(executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Mine',
      cause: 'enough',
    });
    expect(await sfn.send(new DescribeMapRunCommand({ mapRunArn }))).toMatchObject({
      status: 'ABORTED',
      itemCounts: { running: 0, aborted: 2 },
    });
  });
});
